//! The archives that TUT Acoustic Scenes 2016 is distributed in, with the sizes and MD5 sums that Zenodo publishes
//! (records 45739 and 165995).

use std::path::{Path, PathBuf};

use super::checksums::{Kind, sum};
use super::verify::Deviation;
use crate::error::Result;

/// Name, size in bytes and MD5 sum.
const PUBLISHED: [(&str, u64, &str); 16] = [
    ("TUT-acoustic-scenes-2016-development.doc.zip", 69_671, "f94ad46eb36325d9fbce5d60f7fc9926"),
    ("TUT-acoustic-scenes-2016-development.meta.zip", 28_815, "779b33da2ebbf8bde494b3c981827251"),
    ("TUT-acoustic-scenes-2016-development.error.zip", 1_283, "a0d3e0d81b0a36ece87d0f3a9124a386"),
    ("TUT-acoustic-scenes-2016-development.audio.1.zip", 1_070_981_236, "e39546e65f2e72517b6335aaf0c8323d"),
    ("TUT-acoustic-scenes-2016-development.audio.2.zip", 1_067_186_166, "d36cf3253e2c041f68e937a3fe804807"),
    ("TUT-acoustic-scenes-2016-development.audio.3.zip", 1_073_644_405, "0393a9620ab882b1c26d884eccdcffdd"),
    ("TUT-acoustic-scenes-2016-development.audio.4.zip", 1_072_111_347, "fb3e4e0cd7ea82120ec07031dee558ce"),
    ("TUT-acoustic-scenes-2016-development.audio.5.zip", 1_069_681_513, "a19cf600b33c8f88f6ad607bafd74057"),
    ("TUT-acoustic-scenes-2016-development.audio.6.zip", 1_072_890_150, "591aad3219d1155342572cc1f6af5680"),
    ("TUT-acoustic-scenes-2016-development.audio.7.zip", 1_069_265_197, "9e6c1897789e6bce13ac69c6caedb7ab"),
    ("TUT-acoustic-scenes-2016-development.audio.8.zip", 528_461_098, "c4718354f48fcc9dfc7305f6cd8325c8"),
    ("TUT-acoustic-scenes-2016-evaluation.doc.zip", 69_217, "ef315bf912d1124050646888cc3ceba2"),
    ("TUT-acoustic-scenes-2016-evaluation.meta.zip", 5_962, "0d5c131fc3f50c682de62e0e648aceba"),
    ("TUT-acoustic-scenes-2016-evaluation.audio.1.zip", 1_067_685_684, "7c6c2e54b8a9c4c37a803b81446d16fe"),
    ("TUT-acoustic-scenes-2016-evaluation.audio.2.zip", 1_068_308_900, "7930f1dc26707ab3ba9526073af87333"),
    ("TUT-acoustic-scenes-2016-evaluation.audio.3.zip", 538_894_804, "17187d633d6402aee4b481122a1b28f0"),
];

/// Compares the archives in these folders with what is published. Gives how many there are, and those that differ.
///
/// # Errors
/// An archive that cannot be read.
pub fn check(folders: &[PathBuf]) -> Result<(usize, Option<Deviation>)> {
    let mut differing = Vec::new();
    let mut checked = 0;
    for folder in folders {
        for (name, size, md5) in PUBLISHED {
            if let Some(path) = find(folder, name) {
                checked += 1;
                differing.extend(
                    difference(&path, size, md5)?.map(|difference| format!("{}: {difference}", path.display())),
                );
            }
        }
    }
    let deviation = Deviation::of("archives differ from the published ones", differing, "download them again");
    Ok((checked, deviation))
}

/// The archive, also under the name that downloading programs give it who keep the query of the address.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let names = [name.to_string(), format!("{name}?download=1")];
    names.into_iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn difference(path: &Path, size: u64, md5: &str) -> Result<Option<String>> {
    let found = path.metadata().map_or(0, |about| about.len());
    if found != size {
        return Ok(Some(format!("{found} bytes, published {size}")));
    }
    let found = sum(path, Kind::Md5)?;
    Ok((found != md5).then(|| format!("MD5 {found}, published {md5}")))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn the_published_table_is_well_formed() {
        assert!(
            PUBLISHED.iter().all(|(_, _, md5)| md5.len() == 32 && md5.bytes().all(|byte| byte.is_ascii_hexdigit()))
        );
        let total = |kind: &str| -> u64 {
            PUBLISHED.iter().filter(|(name, ..)| name.contains(&format!("{kind}.audio"))).map(|(_, size, _)| size).sum()
        };
        // The sets have 1170 and 390 segments of the same form, so their archives have about this share.
        let share = total("evaluation") as f64 / total("development") as f64;
        assert!((share - 390.0 / 1170.0).abs() < 0.01, "{share}");
    }

    #[test]
    fn an_archive_of_another_size_or_content_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let [short, changed] = ["development.error", "evaluation.meta"]
            .map(|name| folder.path().join(format!("TUT-acoustic-scenes-2016-{name}.zip")));
        fs::write(&short, [0; 100]).unwrap();
        File::create(format!("{}?download=1", changed.display())).unwrap().set_len(5_962).unwrap();
        let (checked, deviation) = check(&[folder.path().to_path_buf()]).unwrap();
        let deviation = deviation.unwrap();
        assert_eq!((checked, deviation.count), (2, 2));
        assert!(deviation.files[0].contains("error.zip: 100 bytes, published 1283"), "{deviation:?}");
        assert!(deviation.files[1].contains("published 0d5c131fc3f50c682de62e0e648aceba"), "{deviation:?}");
    }
}
