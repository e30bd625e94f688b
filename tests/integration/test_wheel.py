"""The built wheel: it holds all that an installation needs, and serves its pages."""

import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from lumber.store.migrate import head_revision
from tests.integration.processes import CHECKOUT, PATIENCE_SECONDS, started, until
from tests.integration.serving import ADDRESS, call, environment

# The command of the unpacked wheel, which comes before the checkout that is installed here.
COMMAND = """
import sys
import lumber
from lumber.cli.entry import main

assert lumber.__file__.startswith(sys.argv.pop(1)), lumber.__file__
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    source = CHECKOUT / "src"
    expected = {
        path.relative_to(source).as_posix()
        for path in (source / "lumber").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert "lumber/web/index.html" in names
    assert "lumber/py.typed" in names
    revisions = [
        name for name in names if re.fullmatch(r"lumber/store/migrations/versions/m\d+_\w+\.py", name)
    ]
    assert len(revisions) >= 3


def test_the_wheel_holds_the_licence_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (licence,) = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
        assert archive.read(licence) == (CHECKOUT / "LICENSE").read_bytes()
        (entries,) = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
        assert "lumber = lumber.cli.entry:main" in archive.read(entries).decode()


def test_the_unpacked_wheel_makes_its_tables_and_serves_its_pages(
    wheel: Path, sqlite_url: str, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    command = [sys.executable, "-c", COMMAND, site, "serve", "--port", "0"]
    with started(*command, **environment(sqlite_url, tmp_path, PYTHONPATH=site)) as server:
        address = until(lambda: server.assert_runs() or ADDRESS.search(server.stdout)).group()
        ready = call(address, "/health/ready")
        assert head_revision() in str(ready)
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            page = answer.read().decode()
        assert '<div id="root">' in page
        scripts = re.findall(r'<script[^>]+src="([^"]+)"', page)
        assert scripts
        for script in scripts:
            with urllib.request.urlopen(f"{address}{script}", timeout=PATIENCE_SECONDS) as answer:
                assert answer.read() == (site / "lumber" / "web" / script.lstrip("/")).read_bytes()
