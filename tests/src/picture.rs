//! A picture in memory: read from a PNG file, halved, compared, and written with few colours.

use std::{collections::BTreeMap, io::Cursor};

use anyhow::{Context, Result, bail};

/// Red, green and blue.
type Colour = [u8; 3];

/// How far a colour of a reference may be from what it was, in any channel.
const ROUNDED: u8 = 12;
/// From here on a pixel differs, in any channel: 24 that edges of letters come to, and what the reference is rounded by.
const FAR: u8 = 24 + ROUNDED;
/// Rows of a strip, in which more may differ than in all, and less than a headline that is another.
pub const STRIP: usize = 64;
/// Most colours of a PNG file with a palette.
const MOST_COLOURS: usize = 256;

/// A picture in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub(crate) width: usize,
    /// Row by row.
    pub(crate) pixels: Vec<Colour>,
}

impl Picture {
    /// Reads a PNG file in colours.
    ///
    /// # Errors
    /// What is no such file.
    pub fn read(file: &[u8]) -> Result<Self> {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let mut bytes = vec![0; reader.output_buffer_size().context("the picture is too large")?];
        let info = reader.next_frame(&mut bytes)?;
        bytes.truncate(info.buffer_size());
        let channels = match info.color_type {
            png::ColorType::Rgb => 3,
            png::ColorType::Rgba => 4,
            other => bail!("the picture has pixels of the kind {other:?}, not colours"),
        };
        let pixels = bytes.chunks_exact(channels).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Ok(Self { width: info.width as usize, pixels })
    }

    /// Width and height.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.pixels.len() / self.width.max(1)]
    }

    /// Half as wide and high; each pixel is the mean of four. What is left over at the right and below is left out.
    pub fn halved(&self) -> Self {
        let [width, height] = self.size().map(|size| size / 2);
        let mean = |x: usize, y: usize| {
            let at = |right: usize, down: usize| self.pixels[(2 * y + down) * self.width + 2 * x + right];
            let four = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
            [0, 1, 2].map(|channel| {
                let sum: u16 = four.iter().map(|pixel| u16::from(pixel[channel])).sum();
                ((sum + 2) / 4) as u8
            })
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).collect();
        Self { width, pixels }
    }

    /// How many pixels of every strip differ from those of a picture of the same size, and where: red on what is the same,
    /// paler.
    pub fn difference(&self, other: &Self) -> (Vec<usize>, Self) {
        let [width, height] = self.size();
        let mut counts = vec![0; height.div_ceil(STRIP)];
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for (place, (&now, &kept)) in self.pixels.iter().zip(&other.pixels).enumerate() {
            let differs = distance(now, kept) > FAR;
            counts[place / (width * STRIP)] += usize::from(differs);
            pixels.push(if differs { [255, 0, 0] } else { now.map(|channel| 170 + channel / 3) });
        }
        (counts, Self { width, pixels })
    }

    /// A PNG file with a palette: the most frequent colours, none of them near another; every pixel has the nearest of them.
    ///
    /// # Errors
    /// A picture without pixels.
    pub fn with_few_colours(&self) -> Result<Vec<u8>> {
        let mut counts = BTreeMap::<Colour, usize>::new();
        for pixel in &self.pixels {
            *counts.entry(*pixel).or_default() += 1;
        }
        let mut frequent: Vec<(Colour, usize)> = counts.iter().map(|(colour, count)| (*colour, *count)).collect();
        frequent.sort_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
        let mut palette: Vec<Colour> = Vec::new();
        for (colour, _) in frequent {
            if palette.len() < MOST_COLOURS && palette.iter().all(|kept| distance(*kept, colour) > ROUNDED) {
                palette.push(colour);
            }
        }
        let nearest = |colour: Colour| {
            let places = palette.iter().enumerate().map(|(place, kept)| (distance(*kept, colour), place));
            places.min().map_or(0, |(_, place)| place as u8)
        };
        let places: BTreeMap<Colour, u8> = counts.keys().map(|colour| (*colour, nearest(*colour))).collect();
        let indices: Vec<u8> = self.pixels.iter().map(|pixel| places[pixel]).collect();

        let [width, height] = self.size().map(|size| size as u32);
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette.concat());
        encoder.set_compression(png::Compression::High);
        // Neighbouring numbers of a palette are no neighbouring colours.
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&indices)?;
        writer.finish()?;
        Ok(file)
    }
}

/// The largest difference of two colours in any channel.
fn distance(a: Colour, b: Colour) -> u8 {
    (0..3).map(|channel| a[channel].abs_diff(b[channel])).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_few_colours_is_read_as_it_was_and_others_are_near() {
        let two = Picture { width: 2, pixels: vec![[20, 30, 40], [246, 244, 239], [246, 244, 239], [20, 30, 40]] };
        assert_eq!(Picture::read(&two.with_few_colours().unwrap()).unwrap(), two);
        let many =
            Picture { width: 64, pixels: (0..64 * 64).map(|k| [(k / 64 * 4) as u8, (k % 64 * 4) as u8, 9]).collect() };
        let read = Picture::read(&many.with_few_colours().unwrap()).unwrap();
        assert_eq!(read.size(), [64, 64]);
        let far = many.pixels.iter().zip(&read.pixels).map(|(a, b)| distance(*a, *b)).max().unwrap();
        assert!((1..2 * ROUNDED).contains(&far), "{far}");
    }

    #[test]
    fn four_pixels_become_their_mean() {
        let four = Picture { width: 3, pixels: vec![[0; 3], [10; 3], [99; 3], [20; 3], [31; 3], [99; 3]] };
        assert_eq!(four.halved(), Picture { width: 1, pixels: vec![[15; 3]] });
    }
}
