"""Pictures of a terminal: cells with their colours and attributes, as tmux
tells them by escape sequences, painted into a small PNG.

Needs Pillow and the fonts named below (Debian: python3-pil, fonts-dejavu-core,
fonts-wqy-microhei for wide characters). Lines, blocks and braille dots are
drawn, so that they meet as they do on a terminal.
"""

import dataclasses
import re
import unicodedata

FONT = "DejaVuSansMono.ttf"
BOLD_FONT = "DejaVuSansMono-Bold.ttf"
WIDE_FONT = "wqy-microhei.ttc"
FONT_SIZE = 14
WIDTH, HEIGHT = 8, 17  # of a cell
MARGIN = 8
SHADES = 5  # of each colour, in the palette of a picture

# Text, background, then the sixteen colours of a terminal.
THEMES = {
    "dark": ["#d4d7dc", "#16181d",
             "#16181d", "#f2555a", "#63c174", "#e8b13d", "#5a8dee", "#c678dd",
             "#3fb8c4", "#d4d7dc", "#7d8590", "#ff7b80", "#7ee08f", "#ffd166",
             "#82aaff", "#e09cf5", "#6ddbe6", "#ffffff"],
    "light": ["#24292f", "#ffffff",
              "#24292f", "#c62828", "#1a7f37", "#9a6700", "#0550ae", "#8250df",
              "#4fb8c4", "#6e7781", "#57606a", "#a40e26", "#116329", "#633c01",
              "#0969da", "#6639ba", "#3192aa", "#8c959f"],
}


@dataclasses.dataclass(frozen=True)
class Pen:
    """How characters look; colours are numbers of a terminal, or None."""

    text: int = None
    ground: int = None
    bold: bool = False
    dim: bool = False
    underline: bool = False
    reverse: bool = False


def change(pen, codes):
    """The pen after the parameters of an SGR sequence."""
    flags = {1: {"bold": True}, 2: {"dim": True}, 4: {"underline": True},
             7: {"reverse": True}, 22: {"bold": False, "dim": False},
             24: {"underline": False}, 27: {"reverse": False},
             39: {"text": None}, 49: {"ground": None}}
    for code in codes:
        if code == 0:
            pen = Pen()
        elif code in flags:
            pen = dataclasses.replace(pen, **flags[code])
        elif 30 <= code <= 37 or 90 <= code <= 97:
            number = code - 30 if code < 90 else code - 82
            pen = dataclasses.replace(pen, text=number)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            number = code - 40 if code < 100 else code - 92
            pen = dataclasses.replace(pen, ground=number)
    return pen


def cells_wide(character):
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def read_cells(captured):
    """Rows of (column, character, pen) of what `capture-pane -e` gave."""
    pen = Pen()
    rows = []
    for line in captured.split("\n"):
        row, column = [], 0
        for part in re.split(r"(\x1b\[[\d;]*m|\x0e|\x0f)", line):
            if part.startswith("\x1b["):
                pen = change(pen, [int(code or 0)
                                   for code in part[2:-1].split(";")])
                continue
            for character in part.strip("\x0e\x0f"):
                row.append((column, character, pen))
                column += cells_wide(character)
        rows.append(row)
    return rows


def mix(one, other, share):
    """A colour between two, `share` of it the first."""
    parts = [(int(one[i:i + 2], 16), int(other[i:i + 2], 16))
             for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}"
                         for a, b in parts)


class Painter:
    """Paints rows of cells in the colours of a theme."""

    def __init__(self, theme):
        from PIL import ImageFont
        self.text, self.ground, *self.colours = THEMES[theme]
        self.fonts = {False: ImageFont.truetype(FONT, FONT_SIZE - 1),
                      True: ImageFont.truetype(BOLD_FONT, FONT_SIZE - 1)}
        try:
            self.wide = ImageFont.truetype(WIDE_FONT, FONT_SIZE)
        except OSError:
            self.wide = self.fonts[False]
        self.drawing = None

    def look(self, pen):
        """The colours of a pen: of its text, of its background."""
        text = self.text if pen.text is None else self.colours[pen.text]
        ground = self.ground if pen.ground is None else self.colours[pen.ground]
        if pen.reverse:
            text, ground = ground, text
        return (mix(text, ground, 0.6) if pen.dim else text), ground

    def box(self, x, y, left, top, right, bottom, colour):
        """Fills a part of a cell, given in shares of it."""
        self.drawing.rectangle(
            (x + round(left * WIDTH), y + round(top * HEIGHT),
             x + round(right * WIDTH) - 1, y + round(bottom * HEIGHT) - 1),
            fill=colour)

    def braille(self, x, y, dots, colour):
        """The eight dots of a braille character, by its bits."""
        places = [(0, 0), (0, 1), (0, 2), (1, 0),
                  (1, 1), (1, 2), (0, 3), (1, 3)]
        for bit, (column, row) in enumerate(places):
            if dots >> bit & 1:
                left = x + 1 + 4 * column
                top = y + 1 + 4 * row
                self.drawing.rectangle((left, top, left + 1, top + 1),
                                       fill=colour)

    def cell(self, x, y, character, pen):
        text, ground = self.look(pen)
        code = ord(character)
        span = cells_wide(character)
        if ground != self.ground:
            self.box(x, y, 0, 0, span, 1, ground)
        if 0x2800 <= code <= 0x28ff:
            self.braille(x, y, code - 0x2800, text)
        elif 0x2581 <= code <= 0x2588:
            self.box(x, y, 0, 1 - (code - 0x2580) / 8, 1, 1, text)
        elif character in "─━":
            self.drawing.line((x, y + HEIGHT // 2, x + WIDTH - 1,
                               y + HEIGHT // 2), fill=text)
        elif character in "│┃":
            self.drawing.line((x + WIDTH // 2, y, x + WIDTH // 2,
                               y + HEIGHT - 1), fill=text)
        elif character != " ":
            font = self.wide if span == 2 else self.fonts[pen.bold]
            self.drawing.text((x, y + HEIGHT - 4), character, font=font,
                              fill=text, anchor="ls")
        if pen.underline:
            self.drawing.line((x, y + HEIGHT - 2, x + span * WIDTH - 1,
                               y + HEIGHT - 2), fill=text)

    def paint(self, captured, columns, path):
        from PIL import Image, ImageDraw
        rows = read_cells(captured)
        image = Image.new("RGB", (columns * WIDTH + 2 * MARGIN,
                                  len(rows) * HEIGHT + 2 * MARGIN),
                          self.ground)
        self.drawing = ImageDraw.Draw(image)
        for number, row in enumerate(rows):
            for column, character, pen in row:
                self.cell(MARGIN + column * WIDTH, MARGIN + number * HEIGHT,
                          character, pen)
        image.quantize(palette=self.palette(), dither=0).save(path,
                                                              optimize=True)

    def palette(self):
        """An image with the colours that a picture may have: all of the theme,
        and what lies between them and the background, for soft edges."""
        from PIL import Image
        colours = [self.ground] + [
            mix(colour, self.ground, share / SHADES)
            for colour in dict.fromkeys([self.text, *self.colours])
            for share in range(SHADES, 0, -1)]
        palette = Image.new("P", (1, 1))
        palette.putpalette([int(colour[i:i + 2], 16)
                            for colour in colours for i in (1, 3, 5)])
        return palette
