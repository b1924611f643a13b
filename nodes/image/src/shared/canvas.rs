//! What the frames of an animation are laid on, one after the other, in RGBA of 8 bits with straight alpha.

use super::convert;

/// How a patch meets what lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blend {
    /// Its transparent parts show what lies there.
    Over,
    /// It takes the place of what lies there, transparency included.
    Replace,
}

/// What happens to a patch before the next one is laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispose {
    /// It stays.
    Keep,
    /// Its place becomes transparent.
    Clear,
    /// What lay there before comes back.
    Restore,
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Pixels to its left.
    pub left: usize,
    /// Pixels above it.
    pub top: usize,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
}

/// One frame as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    /// Where it is laid; what juts out of the canvas is cut off.
    pub area: Area,
    /// Its pixels, row by row.
    pub pixels: &'a [u8],
    /// How it meets what lies there.
    pub blend: Blend,
    /// What happens to it.
    pub dispose: Dispose,
}

/// The canvas.
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    /// What lies where the last patch was, once that is disposed of.
    beneath: Option<(Area, Vec<u8>)>,
}

impl Area {
    /// Returns what lies within a canvas of this size.
    fn within(self, width: usize, height: usize) -> Self {
        let (left, top) = (self.left.min(width), self.top.min(height));
        Self { left, top, width: self.width.min(width - left), height: self.height.min(height - top) }
    }

    /// Returns its pixels out of those of a canvas.
    pub fn cut(self, pixels: &[u8], width: usize) -> Vec<u8> {
        self.rows(width).flat_map(|row| &pixels[row]).copied().collect()
    }

    /// Returns the samples of its rows in a canvas.
    fn rows(self, width: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        (self.top..self.top + self.height).map(move |y| {
            let start = (y * width + self.left) * 4;
            start..start + self.width * 4
        })
    }
}

impl Canvas {
    /// Makes a transparent canvas.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height * 4], beneath: None }
    }

    /// Lays the next patch, and returns what is seen then.
    pub fn show(&mut self, patch: &Patch) -> &[u8] {
        if let Some((area, pixels)) = self.beneath.take() {
            let rows = area.rows(self.width).zip(pixels.chunks_exact((area.width * 4).max(1)));
            rows.for_each(|(row, before)| self.pixels[row].copy_from_slice(before));
        }
        let area = patch.area.within(self.width, self.height);
        self.beneath = match patch.dispose {
            Dispose::Keep => None,
            Dispose::Clear => Some((area, vec![0; area.width * area.height * 4])),
            Dispose::Restore => Some((area, area.cut(&self.pixels, self.width))),
        };
        let rows = area.rows(self.width).zip(patch.pixels.chunks_exact((patch.area.width * 4).max(1)));
        for (row, over) in rows {
            lay(&mut self.pixels[row.clone()], &over[..row.len()], patch.blend);
        }
        &self.pixels
    }
}

fn lay(under: &mut [u8], over: &[u8], blend: Blend) {
    if blend == Blend::Replace {
        return under.copy_from_slice(over);
    }
    for (under, over) in under.as_chunks_mut::<4>().0.iter_mut().zip(over.as_chunks::<4>().0) {
        match over[3] {
            0 => {}
            255 => *under = *over,
            _ => convert::lay_over(under, *over),
        }
    }
}

/// Returns the smallest area outside of which two canvases of one size are the same; `None` where they are the same.
pub fn changed(before: &[u8], now: &[u8], width: usize) -> Option<Area> {
    let mut bounds: Option<[usize; 4]> = None;
    for (y, (before, now)) in before.chunks_exact(width * 4).zip(now.chunks_exact(width * 4)).enumerate() {
        let differs = |x: &usize| before[x * 4..x * 4 + 4] != now[x * 4..x * 4 + 4];
        let Some(first) = (0..width).find(differs) else { continue };
        let last = (first..width).rfind(differs).unwrap_or(first);
        let [left, right, top, _] = bounds.unwrap_or([first, last, y, y]);
        bounds = Some([left.min(first), right.max(last), top, y]);
    }
    bounds.map(|[left, right, top, bottom]| Area { left, top, width: right - left + 1, height: bottom - top + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const CLEAR: [u8; 4] = [0; 4];

    /// Lays a dot of two pixels and then nothing, and returns what is seen after both.
    fn then_nothing(dispose: Dispose) -> Vec<u8> {
        let mut canvas = Canvas::new(3, 1);
        let ground = BLUE.repeat(3);
        let all = Area { left: 0, top: 0, width: 3, height: 1 };
        canvas.show(&Patch { area: all, pixels: &ground, blend: Blend::Over, dispose: Dispose::Keep });
        let dot = Area { left: 1, top: 0, width: 2, height: 1 };
        canvas.show(&Patch { area: dot, pixels: &[RED, CLEAR].concat(), blend: Blend::Over, dispose });
        let nothing = Area { left: 9, top: 9, width: 1, height: 1 };
        canvas.show(&Patch { area: nothing, pixels: &RED, blend: Blend::Over, dispose: Dispose::Keep }).to_vec()
    }

    #[test]
    fn a_patch_stays_goes_or_gives_back() {
        assert_eq!(then_nothing(Dispose::Keep), [BLUE, RED, BLUE].concat());
        assert_eq!(then_nothing(Dispose::Clear), [BLUE, CLEAR, CLEAR].concat());
        assert_eq!(then_nothing(Dispose::Restore), BLUE.repeat(3));
    }

    #[test]
    fn what_juts_out_is_cut_off_and_transparency_may_replace() {
        let mut canvas = Canvas::new(2, 2);
        let area = Area { left: 1, top: 1, width: 2, height: 2 };
        let seen = canvas.show(&Patch { area, pixels: &RED.repeat(4), blend: Blend::Over, dispose: Dispose::Keep });
        assert_eq!(seen, [CLEAR, CLEAR, CLEAR, RED].concat());
        let seen =
            canvas.show(&Patch { area, pixels: &CLEAR.repeat(4), blend: Blend::Replace, dispose: Dispose::Keep });
        assert_eq!(seen, CLEAR.repeat(4));
    }

    #[test]
    fn the_change_between_two_canvases_is_found() {
        let before = CLEAR.repeat(12);
        let mut now = before.clone();
        assert_eq!(changed(&before, &now, 4), None);
        for at in [5, 10] {
            now[at * 4] = 1;
        }
        let area = changed(&before, &now, 4).unwrap();
        assert_eq!(area, Area { left: 1, top: 1, width: 2, height: 2 });
        assert_eq!(area.cut(&now, 4).iter().map(|sample| usize::from(*sample)).sum::<usize>(), 2);
    }
}
