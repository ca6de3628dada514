"""Pages without a build."""

from architect.profile import Role
from architect.profiler import profile
from architect.request import Style
from architect.stacks import stack
from tests.support.folder_tree import TextTree
from tests.support.stages import commands, copies


def test_pages_as_they_are_get_an_unprivileged_server(example):
    pages = example("static-html").components[0]
    assert (pages.role, pages.port.value, pages.language.where()) == (Role.STATIC, 8080, "index.html")
    made = stack("static").plan(pages, Style.LEAN)
    assert made.stop_signal == "SIGQUIT"
    assert "listen 8080;" in commands(made)
    assert "=404" in commands(made)


def test_a_staticfile_names_the_folder_with_the_pages():
    pages = profile(TextTree({"Staticfile": "root: web\n", "web/index.html": "", "public/index.html": ""})).components[0]
    made = stack("static").plan(pages, Style.HARDENED)
    assert copies(made.stages[0])[0].sources == ("web/",)
    assert "bookworm" in made.stages[-1].image.reference


def test_a_page_that_a_build_begins_with_is_not_served_as_it_is():
    page = '<div id="root"></div><script type="module" src="/src/main.tsx"></script>'
    assert profile(TextTree({"index.html": page})).components == ()
