"""Which containers are meant, by what the engine lists."""

import pytest

from checks.engine.choosing import Choice, name_of


def listed(name, **labels):
    return {"Id": "0" * 64, "Names": [f"/{name}"], "Labels": labels or None}


def compose(name, project, service, oneoff="False"):
    return {
        "Id": name,
        "Names": [f"/{name}"],
        "Labels": {
            "com.docker.compose.project": project,
            "com.docker.compose.service": service,
            "com.docker.compose.oneoff": oneoff,
        },
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "exactly one of project, label and names"),
        ({"label": "a", "names": ("b",)}, "exactly one of"),
        ({"project": "a", "label": "b"}, "exactly one of"),
        ({"service": "web", "label": "b"}, "name the project, too"),
    ],
)
def test_none_or_two_ways_are_a_mistake(given, words):
    """Nobody would know which containers are meant."""
    with pytest.raises(ValueError, match=words):
        Choice(**given)


SHOP = [
    compose("shop-web-1", "shop", "web"),
    compose("shop_web_2", "shop", "web"),
    compose("shop-db-1", "shop", "db"),
    compose("shop-web-run-1", "shop", "web", "True"),
    compose("blog-web-1", "blog", "web"),
    listed("bare"),
    listed("proxy", tier="edge", empty=""),
]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"project": "shop"}, ["shop-db-1", "shop-web-1", "shop_web_2"]),
        ({"project": "shop", "service": "web"}, ["shop-web-1", "shop_web_2"]),
        ({"project": "Sho.p", "service": "db"}, ["shop-db-1"]),
        ({"project": "sho"}, []),
        ({"label": "tier"}, ["proxy"]),
        ({"label": "tier=edge"}, ["proxy"]),
        ({"label": "tier=core"}, []),
        ({"label": "empty="}, ["proxy"]),
        ({"names": ("bare", "shop-web-1")}, ["bare", "shop-web-1"]),
        ({"names": ("shop-web",)}, []),
    ],
)
def test_each_way_finds_its_own(given, names):
    """Names of v1 and v2, a project's name as compose writes it, one-off runs left out; nothing is found in part."""
    assert [name_of(one) for one in Choice(**given).chosen(SHOP)] == names


@pytest.mark.parametrize(
    ("given", "others"),
    [
        ({"project": "shp"}, ["blog", "shop"]),
        ({"project": "shop", "service": "wbe"}, ["db", "web"]),
        ({"project": "shp", "service": "web"}, ["blog", "shop"]),
        ({"label": "tier=core"}, ["tier=edge"]),
        ({"label": "nothing"}, []),
    ],
)
def test_what_might_have_been_meant(given, others):
    """Where nothing is found, what there is helps to see the misspelling."""
    assert Choice(**given).others(SHOP) == others


def test_a_linked_container_has_its_own_name():
    """Links give a container further names, with another container's name in front."""
    assert name_of({"Id": "x", "Names": ["/web/db", "/db"]}) == "db"
    assert name_of({"Id": "0123456789abcdef", "Names": []}) == "0123456789ab"
    assert name_of({"Id": "x", "Name": "/web"}) == "web"
