"""What release the demo says it is."""

import re
import shutil
from pathlib import Path

import demo.release
from demo.release import another_release, current_release


def test_the_id_follows_the_sources(tmp_path):
    """One changed byte is another release; the same bytes are the same one."""
    for path in Path(demo.release.__file__).parent.glob("*.py"):
        shutil.copy(path, tmp_path)
    assert current_release(tmp_path) == current_release()
    (tmp_path / "service.py").write_text("# other\n")
    assert current_release(tmp_path).id != current_release().id


def test_ids_have_the_form_of_an_image_digest():
    """So that they can stand where a digest stands."""
    for release in (current_release(), another_release()):
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", release.id)
        assert re.fullmatch(r"[0-9a-f]{40}", release.commit)
    assert current_release().version == "1.0.0" != another_release().version
