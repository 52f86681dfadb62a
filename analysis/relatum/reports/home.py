"""The page that links every output of a study: one file, no script, nothing fetched."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

__all__ = ["HomeEntry", "HomeGroup", "HomeLink", "HomePage", "home_html"]


@dataclass(frozen=True, slots=True)
class HomeLink:
    """A file: the word on the link, and the path from the page."""

    label: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeEntry:
    """One output in one or several files.

    Attributes
    ----------
    title, line : str
        Its name, and one line on what it answers.
    links : tuple of HomeLink
        Its files.
    tag : str
        A short mark beside the name, such as ``open data``.
    missing : str
        Why there is nothing to see, where that is so.
    """

    title: str
    line: str = ""
    links: tuple[HomeLink, ...] = ()
    tag: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeGroup:
    """Outputs of one kind; `anchor` is the id of its heading."""

    anchor: str
    title: str
    intro: str = ""
    entries: tuple[HomeEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What the page says.

    Attributes
    ----------
    title, subtitle : str
    banner : str
        The warning over simulated data; empty for other data.
    groups : tuple of HomeGroup
        Groups without entries are left out.
    facts : tuple of (str, str)
        What identifies plan, sample and software.
    """

    title: str
    subtitle: str = ""
    banner: str = ""
    groups: tuple[HomeGroup, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def home_html(page: HomePage, *, css: str) -> str:
    """Write the page.

    Parameters
    ----------
    page : HomePage
        Plain texts; whatever has a meaning in HTML is escaped.
    css : str
        The sheet of the reports; it is put into the page.

    Returns
    -------
    str
        The same for the same page.

    Examples
    --------
    >>> entry = HomeEntry(title="Sizes", links=(HomeLink("CSV", "tables/sizes.csv"),))
    >>> group = HomeGroup(anchor="tables", title="Tables", entries=(entry,))
    >>> text = home_html(HomePage(title="A & B", groups=(group,)), css="")
    >>> ">A &amp; B</h1>" in text, "<script" in text
    (True, False)
    >>> '<a href="tables/sizes.csv">CSV<span class="spoken"> of Sizes</span></a>' in text
    True
    """
    shown = [group for group in page.groups if group.entries]
    contents = [(group.anchor, group.title) for group in shown]
    template = files("relatum.reports").joinpath("templates", "home.html")
    return Template(template.read_text(encoding="utf-8")).substitute(
        title=escape(page.title),
        subtitle=escape(page.subtitle),
        css=css.strip(),
        contents="\n".join(
            f'<li><a href="#{escape(anchor)}">{escape(title)}</a></li>'
            for anchor, title in [*contents, ("facts", "About this run")]
        ),
        banner=_banner(page.banner),
        groups="\n".join([*map(_group, shown), _facts(page.facts)]),
        closing="All links lead to files beside this page. It works without a network.",
    )


def _banner(text: str) -> str:
    if not text:
        return ""
    head, _, rest = text.partition(". ")
    words = f"<strong>{escape(head)}.</strong> {escape(rest)}"
    return f'<aside class="simulated-banner" aria-label="{escape(head)}"><p>{words}</p></aside>'


def _group(group: HomeGroup) -> str:
    intro = f"<p>{escape(group.intro)}</p>\n" if group.intro else ""
    entries = "\n".join(map(_entry, group.entries))
    return (
        f'<section aria-labelledby="{escape(group.anchor)}">\n'
        f'<h2 id="{escape(group.anchor)}">{escape(group.title)}</h2>\n'
        f'{intro}<ul class="outputs">\n{entries}\n</ul>\n</section>'
    )


def _entry(entry: HomeEntry) -> str:
    tag = f'<span class="tag">{escape(entry.tag)}</span>' if entry.tag else ""
    parts = [f"<h3>{escape(entry.title)}{tag}</h3>"]
    if entry.line:
        parts.append(f'<p class="what">{escape(entry.line)}</p>')
    if entry.missing:
        parts.append(f'<p class="what missing">{escape(entry.missing)}</p>')
    if entry.links:
        links = "".join(_link(link, entry.title) for link in entry.links)
        parts.append(f'<ul class="files">{links}</ul>')
    return "<li>" + "".join(parts) + "</li>"


def _link(link: HomeLink, title: str) -> str:
    spoken = f'<span class="spoken"> of {escape(title)}</span>'
    return f'<li><a href="{quote(link.path)}">{escape(link.label)}{spoken}</a></li>'


def _facts(facts: tuple[tuple[str, str], ...]) -> str:
    rows = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    return (
        '<section aria-labelledby="facts">\n<h2 id="facts">About this run</h2>\n'
        f'<dl class="facts">\n{rows}\n</dl>\n</section>'
    )
