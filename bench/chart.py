"""A bar chart as SVG, readable in light and dark pages. SPDX-License-Identifier: ISC"""

from html import escape

COLORS = ["#9aa5b1", "#5b8def", "#c98a2b", "#2f9e6e", "#b455a0"]
WIDTH, LABEL, ROW, GAP, TOP = 760, 210, 24, 26, 64


def bars(title, groups):
    """groups: [(name, [(series, value)])]; one horizontal bar per value, all on one scale."""
    largest = max(value for _, rows in groups for _, value in rows) or 1
    scale = (WIDTH - LABEL - 110) / largest
    height = TOP + sum(len(rows) * ROW + GAP + 20 for _, rows in groups)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
           'font-family="system-ui, sans-serif" font-size="13" role="img">',
           f"<title>{escape(title)}</title>",
           f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           f'<text x="20" y="34" font-size="18" font-weight="600" fill="#1f2933">{escape(title)}</text>']
    y = TOP
    for name, rows in groups:
        out.append(f'<text x="20" y="{y + 12}" font-weight="600" fill="#1f2933">{escape(name)}</text>')
        y += 22
        for i, (series, value) in enumerate(rows):
            width = max(value * scale, 1)
            out.append(f'<text x="{LABEL - 10}" y="{y + 15}" text-anchor="end" fill="#52606d">{escape(series)}</text>')
            out.append(f'<rect x="{LABEL}" y="{y + 2}" width="{width:.1f}" height="{ROW - 6}" rx="3" fill="{COLORS[i % len(COLORS)]}"/>')
            out.append(f'<text x="{LABEL + width + 8:.1f}" y="{y + 15}" fill="#1f2933">{value:,.0f}</text>')
            y += ROW
        y += GAP - 2
    out.append("</svg>")
    return "\n".join(out) + "\n"
