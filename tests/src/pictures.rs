//! What the page looks like, compared with pictures of it that were looked at and kept.
//!
//! Both are halved first: that blurs what two machines draw differently in a letter, and makes the references small. They are
//! kept with few colours.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use xtask::check::ACCEPT_PICTURES;

use crate::picture::{Picture, STRIP};

/// Share of all pixels that may differ.
const MOST_DIFFERENT: f64 = 0.005;
/// Share of the pixels of a strip that may differ.
const MOST_IN_STRIP: f64 = 0.01;
/// Most bytes of all references together: they are part of every clone.
const MOST_BYTES: u64 = 1_500_000;

/// The pictures of one test.
pub struct Pictures {
    references: PathBuf,
    /// Where pictures go that nobody has accepted.
    seen: PathBuf,
    /// Whether what is seen becomes the reference.
    accept: bool,
    taken: Vec<String>,
    /// What is wrong so far.
    wrong: Vec<String>,
}

impl Pictures {
    /// Compares with the references of the repository, or replaces them where [`ACCEPT_PICTURES`] is set; `seen` is a folder
    /// for what differs.
    ///
    /// # Panics
    /// Where that folder cannot be made.
    pub fn new(seen: PathBuf) -> Self {
        let accept = env::var_os(ACCEPT_PICTURES).is_some_and(|value| !value.is_empty() && value != "0");
        let references = Path::new(env!("CARGO_MANIFEST_DIR")).join("references");
        Self::of(references, seen, accept)
    }

    fn of(references: PathBuf, seen: PathBuf, accept: bool) -> Self {
        fs::create_dir_all(&seen).expect("the folder for pictures can be made");
        Self { references, seen, accept, taken: Vec::new(), wrong: Vec::new() }
    }

    /// Compares a screenshot, a PNG file, with the reference of this name. What is wrong is said in the end.
    pub fn compare(&mut self, name: &str, screenshot: &[u8]) {
        self.taken.push(name.to_owned());
        if let Err(error) = self.compared(name, screenshot) {
            self.wrong.push(format!("{name}: {error:#}"));
        }
    }

    /// All pictures are taken.
    ///
    /// # Panics
    /// Where any differs from its reference or has none, with what to do.
    pub fn finish(mut self) {
        if let Err(error) = self.references_fit() {
            self.wrong.push(format!("{error:#}"));
        }
        assert!(
            self.wrong.is_empty(),
            "{}\nWhat the page looks like now, and where it differs, is in {}. Look at it. If that is how it should look, \
             `cargo xtask test --accept-pictures` keeps it, or\n    {ACCEPT_PICTURES}=1 cargo test --release -p spectnet-tests \
             --test page_pictures",
            self.wrong.join("\n"),
            self.seen.display()
        );
    }

    fn compared(&self, name: &str, screenshot: &[u8]) -> Result<()> {
        let now = Picture::read(screenshot)?.halved();
        let reference = self.references.join(format!("{name}.png"));
        if self.accept {
            fs::create_dir_all(&self.references)?;
            return write(&reference, &now.with_few_colours()?);
        }
        let actual = self.seen.join(format!("{name}.png"));
        let difference = self.seen.join(format!("{name}-difference.png"));
        // Nothing of an earlier run is taken for one of this.
        for earlier in [&actual, &difference].into_iter().filter(|file| file.exists()) {
            fs::remove_file(earlier)?;
        }
        let keep = || -> Result<()> { write(&actual, &now.with_few_colours()?) };
        if !reference.is_file() {
            keep()?;
            bail!("there is no reference {}", reference.display());
        }
        let kept = fs::read(&reference).with_context(|| format!("cannot read {}", reference.display()))?;
        let kept = Picture::read(&kept)?;
        if now.size() != kept.size() {
            keep()?;
            let ([width, height], [kept_width, kept_height]) = (now.size(), kept.size());
            bail!("it is {width} × {height} pixels, halved, and the reference {kept_width} × {kept_height}");
        }
        let (counts, shown) = now.difference(&kept);
        let verdict = judge(&counts, now.size());
        if verdict.is_err() {
            keep()?;
            write(&difference, &shown.with_few_colours()?)?;
        }
        verdict
    }

    /// Whether there is no reference too many, and all together are small.
    fn references_fit(&self) -> Result<()> {
        let mut bytes = 0;
        for entry in fs::read_dir(&self.references).into_iter().flatten() {
            let entry = entry?;
            let file = entry.path();
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if !self.taken.contains(&name) && self.accept {
                fs::remove_file(&file)?;
                continue;
            }
            ensure!(self.taken.contains(&name), "{} is the reference of no picture: remove it", file.display());
            bytes += entry.metadata()?.len();
        }
        ensure!(
            bytes <= MOST_BYTES,
            "the references have {bytes} bytes, and may have {MOST_BYTES}: take fewer pictures"
        );
        Ok(())
    }
}

/// Whether so many pixels of every strip may differ in a picture of this width and height.
fn judge(counts: &[usize], [width, height]: [usize; 2]) -> Result<()> {
    let share = counts.iter().sum::<usize>() as f64 / (width * height) as f64;
    if share > MOST_DIFFERENT {
        bail!("{:.2} % of it differ, and {:.2} % may", 100.0 * share, 100.0 * MOST_DIFFERENT);
    }
    for (strip, count) in counts.iter().enumerate() {
        let share = *count as f64 / (width * STRIP) as f64;
        // In rows of the page, which are twice those of the halved picture.
        let [from, to] = [strip, strip + 1].map(|strip| 2 * STRIP * strip);
        if share > MOST_IN_STRIP {
            bail!("{:.2} % of its rows {from} to {to} differ, and {:.2} % may", 100.0 * share, 100.0 * MOST_IN_STRIP);
        }
    }
    Ok(())
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A light page of 200 × 100 pixels with a dark line `height` pixels high.
    fn page(height: usize) -> Picture {
        tall_page(100, height)
    }

    /// The same with so many rows.
    fn tall_page(rows: usize, height: usize) -> Picture {
        let pixel = |k: usize| if (40..40 + height).contains(&(k / 200)) { [20, 30, 40] } else { [246, 244, 239] };
        Picture { width: 200, pixels: (0..200 * rows).map(pixel).collect() }
    }

    fn png(picture: &Picture) -> Vec<u8> {
        picture.with_few_colours().unwrap()
    }

    fn compare(folder: &Path, accept: bool, picture: &Picture) -> Pictures {
        let mut pictures = Pictures::of(folder.join("references"), folder.join("seen"), accept);
        pictures.compare("page", &png(picture));
        pictures
    }

    #[test]
    fn what_was_accepted_passes_and_what_looks_otherwise_does_not() {
        let folder = tempfile::tempdir().unwrap();
        compare(folder.path(), true, &page(10)).finish();
        compare(folder.path(), false, &page(10)).finish();
        // Noise is no difference.
        let mut noisy = page(10);
        noisy.pixels.iter_mut().step_by(7).for_each(|pixel| pixel[1] -= 20);
        compare(folder.path(), false, &noisy).finish();
        let wrong = compare(folder.path(), false, &page(12)).wrong;
        assert!(wrong.len() == 1 && wrong[0].starts_with("page: 2.00 % of it differ"), "{wrong:?}");
        for name in ["page.png", "page-difference.png"] {
            assert!(folder.path().join("seen").join(name).is_file(), "{name}");
        }
        let smaller = Picture { width: 100, ..page(10) };
        let wrong = compare(folder.path(), false, &smaller).wrong;
        assert!(wrong[0].contains("50 × 100 pixels") && wrong[0].contains("100 × 50"), "{wrong:?}");
    }

    #[test]
    fn a_line_that_is_another_is_not_lost_in_a_long_page() {
        let folder = tempfile::tempdir().unwrap();
        compare(folder.path(), true, &tall_page(4000, 10)).finish();
        let wrong = compare(folder.path(), false, &tall_page(4000, 12)).wrong;
        assert!(wrong.len() == 1 && wrong[0].contains("1.56 % of its rows 0 to 128 differ"), "{wrong:?}");
    }

    #[test]
    fn a_reference_that_is_missing_or_too_many_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = compare(folder.path(), false, &page(10)).wrong;
        assert!(wrong.len() == 1 && wrong[0].contains("there is no reference"), "{wrong:?}");
        compare(folder.path(), true, &page(10)).finish();
        fs::write(folder.path().join("references/old.png"), "old").unwrap();
        let kept = compare(folder.path(), false, &page(10)).references_fit().unwrap_err().to_string();
        assert!(kept.contains("old.png is the reference of no picture"), "{kept}");
        compare(folder.path(), true, &page(10)).finish();
        assert!(!folder.path().join("references/old.png").exists());
    }
}
