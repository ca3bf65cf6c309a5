"""`make check` reads the types of every page: faults planted in components are found by the very command it runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from web.frontends import WEB, node_folder, program

SOUND = (
    '<script setup lang="ts">\nconst count: number = 1\n</script>\n<template><p>{{ count.toFixed() }}</p></template>\n'
)
PLANTED = {
    "src/InScript.vue": SOUND.replace("= 1", "= 'one'"),
    "src/InTemplate.vue": SOUND.replace("toFixed", "toUpperCase"),
    "src/Unknown.vue": SOUND.replace("{{ count", "{{ counted"),
}


@pytest.mark.slow
@pytest.mark.parametrize("project", ["patient", "admin"])
def test_a_planted_type_error_is_found(project: str, tmp_path: Path) -> None:
    real, copy = WEB / project, tmp_path / project
    assert (real / "node_modules").is_dir(), f"{project} is not installed: make test does it"
    (copy / "src").mkdir(parents=True)
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(real / name, copy)
    (copy / "node_modules").symlink_to(real / "node_modules")
    for name, text in {**PLANTED, "src/Sound.vue": SOUND}.items():
        (copy / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*program("npm"), "run", "--silent", "typecheck"],
        cwd=copy,
        env={**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    found = {line.partition("(")[0] for line in done.stdout.splitlines() if "error TS" in line}
    assert found == set(PLANTED), done.stdout + done.stderr
