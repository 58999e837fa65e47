"""Charts as SVG that stands by itself: no script, no font, no colour but those of the page's own variables."""

import sys
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

#: More labels than these leave every other one out on a telephone.
MOST_LABELS = 14

SVG = "{http://www.w3.org/2000/svg}"

ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def bars(
    name: str, labels: Sequence[str], series: Sequence[tuple[str, str, Sequence[float | None]]], *, height: int = 300
) -> str:
    """Return stacked bars. `name`: the chart's own id on the page; `series`: (label, CSS variable, values)."""
    options = _options([colour for _, colour, _ in series], height=height)
    if len(labels) > MOST_LABELS:
        options["classes"] = (*options["classes"], "many")
    chart = _pygal().StackedBar(**options)
    chart.show_y_labels = any(any(values) for _, _, values in series)  # a scale of nothing says nothing
    chart.x_labels = list(labels)
    for label, _, values in series:
        chart.add(label, list(values))
    return _svg(chart, name)


def dots(name: str, series: Sequence[tuple[str, str, Sequence[tuple[float, float]]]]) -> str:
    """Return points over the hours of a day: (hour, value)."""
    chart = _pygal().XY(
        stroke=False,
        dots_size=4,
        xrange=(0, 24),
        **_options([colour for _, colour, _ in series], height=260),
    )
    chart.show_y_labels = any(values for _, _, values in series)
    chart.x_labels = [float(hour) for hour in range(0, 25, 3)]
    chart.x_value_formatter = _time_of_day
    for label, _, values in series:
        chart.add(label, list(values))
    return _svg(chart, name)


def _pygal() -> Any:
    """Return the library: imported only here, because it takes 0.2 s."""
    import pygal

    # Its finder for plug-ins is of a kind that Python 3.12 has dropped, and warns at every later import.
    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "pygal"]
    return pygal


def _time_of_day(hour: float) -> str:
    """Return 6.5 as 06:30."""
    minutes = round(hour * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _options(colours: Sequence[str], *, height: int) -> dict[str, Any]:
    style = _pygal().style.Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--soft)",
        foreground_strong="var(--ink)",
        foreground_subtle="var(--line)",
        guide_stroke_color="var(--line)",
        major_guide_stroke_color="var(--line)",
        font_family="inherit",
        label_font_size=13,
        major_label_font_size=13,
        opacity="1",
        opacity_hover=".8",
        transition="0s",
        colors=tuple(f"var(--{one})" for one in colours),
        value_colors=tuple("var(--ink)" for _ in colours),
    )
    return {
        "style": style,
        "js": (),
        "width": 880,
        "height": height,
        "explicit_size": False,
        "show_legend": False,
        "show_minor_x_labels": True,
        "value_formatter": lambda value: f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}",
        "include_x_axis": True,
        "margin": 8,
        "spacing": 8,
        "disable_xml_declaration": True,
        "no_data_text": "",
        "classes": ("chart",),
    }


def _svg(chart: Any, name: str) -> str:
    """Return the chart as text, its scripts gone and its values shown where the pointer rests."""
    chart.uuid = name
    root = ElementTree.fromstring(chart.render(is_unicode=True))
    for parent in list(root.iter()):
        parent.attrib.pop("id", None)  # the same on each chart
        notes = {child.get("class", ""): child for child in list(parent) if child.tag == f"{SVG}desc"}
        for child in list(parent):
            is_hint = "tooltip-overlay" in child.get("class", "")  # only its script fills it
            if is_hint or child.tag in (f"{SVG}script", f"{SVG}title", f"{SVG}desc"):
                parent.remove(child)
        if "value" in notes:
            title = ElementTree.SubElement(parent, f"{SVG}title")
            title.text = ": ".join(notes[one].text or "" for one in ("x_label", "value") if one in notes)
    root.set("id", f"chart-{name}")
    return ElementTree.tostring(root, encoding="unicode")
