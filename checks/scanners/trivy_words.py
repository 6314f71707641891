"""What Trivy's last words mean, and which variables it is handed on."""

from typing import Final

from checks.scanners.scanner import known

_DATABASE: Final = "run `trivy image --download-db-only` where there is a network, and keep its cache directory"
#: In this order: what names the cause comes before what names only its effect.
KNOWN: Final = (
    known(
        "cannot be specified on the first run|first run cannot skip|no such file or directory.*trivy\\.db",
        "it has no vulnerability database",
        _DATABASE,
    ),
    known(
        "old DB schema|DB schema doesn't match",
        "its vulnerability database is of another version of Trivy",
        "update Trivy and its database together",
    ),
    known(
        "failed to download (?:the )?(?:vulnerability|Java) DB|DB download error|OCI artifact error|init error: DB",
        "it could not download its vulnerability database",
        f"{_DATABASE}; a mirror is named by TRIVY_DB_REPOSITORY",
    ),
    known(
        "UNAUTHORIZED|authentication required|401 Unauthorized|403 Forbidden|denied: ",
        "the registry refused it",
        "give it TRIVY_USERNAME and TRIVY_PASSWORD, or log in to the registry",
    ),
    known(
        "MANIFEST_UNKNOWN|manifest unknown|NAME_UNKNOWN",
        "the registry has no such image",
        "check the image's name and tag",
    ),
    known(
        "no such host|connection refused|network is unreachable|i/o timeout|Temporary failure in name resolution",
        "it could not reach the network that it needs",
        "give it a network, or scan with `offline` and a database that was downloaded before",
    ),
    known(
        "unable to find the specified image|MANIFEST_UNKNOWN|manifest unknown|No such image",
        "it did not find the image",
        "check the image's name, and that an engine or a registry in reach has it",
    ),
    known("context deadline exceeded", "it did not finish in time", "allow it more time, or give it less to scan"),
    known("unable to open.*sbom|failed to detect SBOM|unknown SBOM format|SBOM detection error", "this is no SBOM", ""),
)
#: Variables that say where things are and who we are; none that hides findings (TRIVY_SEVERITY, ...).
PASSED: Final = frozenset(
    {
        *("TRIVY_CACHE_DIR", "TRIVY_DB_REPOSITORY", "TRIVY_JAVA_DB_REPOSITORY", "TRIVY_CHECKS_BUNDLE_REPOSITORY"),
        *("TRIVY_USERNAME", "TRIVY_PASSWORD", "TRIVY_REGISTRY_TOKEN", "TRIVY_INSECURE"),
        *("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "CONTAINERD_ADDRESS"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_PROFILE"),
        *("GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"),
        *("GITHUB_TOKEN",),
    }
)
