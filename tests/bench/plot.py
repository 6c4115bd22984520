# SPDX-License-Identifier: GPL-2.0-only
"""The figures as bars, in an SVG."""

from xml.sax.saxutils import escape

WIDTH, BAR, GAP, LEFT, RIGHT = 720, 18, 14, 190, 90
COLOURS = {'raw': '#bbbbbb', 'dm-linear': '#8899aa', 'dm-thin': '#cc8855'}


def bar(y, figure, scale):
    """A device's line: name, bar, ratio."""
    colour = next((c for name, c in COLOURS.items()
                   if figure['device'].startswith(name)), '#4477aa')
    width = figure['ratio'] * scale
    return (f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">'
            f'{escape(figure["device"])}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 4}" '
            f'fill="{colour}"/>'
            f'<text x="{LEFT + width + 6:.1f}" y="{y + 13}">'
            f'{figure["ratio"]:.2f} ({figure["ns"]:.0f} ns)</text>')


def svg(figures):
    """All of them; shorter is better."""
    parts, y, last = [], 10, None
    for f in figures:
        same = [g['ratio'] for g in figures if g['bench'] == f['bench']]
        if f['bench'] != last:
            last = f['bench']
            y += GAP + BAR
            parts.append(f'<text x="8" y="{y - 6}" font-weight="bold">'
                         f'{escape(f["title"])}</text>')
        parts.append(bar(y, f, (WIDTH - LEFT - RIGHT - 40) / max(same)))
        y += BAR
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{y + 10}" font-family="sans-serif" font-size="12">\n' +
            '\n'.join(parts) + '\n</svg>\n')
