//! Labels that somebody gives together with recordings: a list with the columns `path,label` or `name,label`, or
//! PhysioNet's REFERENCE.csv of `record,-1` and `record,1`; or a folder for each class.

mod table;

use std::collections::BTreeMap;

use spectnet_core::text::plain;

use table::rows;

/// Largest list that is read, in bytes: some thousand times what a list of all recordings takes that the page takes.
pub const MOST_BYTES: usize = 4 << 20;
/// Longest label in letters: no class has a longer name, and it is shown beside every recording.
const MOST_LETTERS: usize = 100;

/// What the column of recordings is called.
const NAMES: [&str; 6] = ["path", "name", "file", "filename", "record", "recording"];
/// What the column of labels is called.
const LABELS: [&str; 2] = ["label", "class"];
/// What REFERENCE.csv calls normal and abnormal recordings.
const NUMBERS: [(&str, &str); 2] = [("-1", "normal"), ("1", "abnormal")];

/// The labels of a list, to be found by the names of recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// By the name of the file, in lower case and as the list has it: with or without an ending.
    by_name: BTreeMap<String, Vec<Listed>>,
}

/// A recording of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    /// The folders before its name, in lower case, the innermost first.
    folders: Vec<String>,
    label: String,
}

impl Labels {
    /// Reads a list.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MOST_BYTES {
            return Err(format!("it has more than {} MB, the most that is read", MOST_BYTES >> 20));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|_| "it is no text in UTF-8; save it as “CSV UTF-8”".to_owned())?;
        let rows = rows(text.trim_start_matches('\u{feff}'))?;
        let (name, label, rows) = columns(&rows)?;
        let mut labels = Self::default();
        for row in rows {
            if let (Some(name), Some(label)) = (row.get(name), row.get(label)) {
                labels.insert(name, label);
            }
        }
        if labels.by_name.is_empty() { Err("it names no recording with a label".into()) } else { Ok(labels) }
    }

    /// The labels of another list too.
    pub fn add(&mut self, other: Self) {
        for (name, listed) in other.by_name {
            self.by_name.entry(name).or_default().extend(listed);
        }
    }

    /// The label of a recording: by its name, with or without the ending, and by its folders as far as both know them.
    /// None where it is not listed, or with several labels.
    pub fn of(&self, path: &str) -> Option<&str> {
        let (name, folders) = split(path);
        let stem = name.rsplit_once('.').map(|(stem, _)| stem);
        let listed = [Some(name.as_str()), stem].into_iter().flatten().find_map(|name| self.by_name.get(name))?;
        let agree = |listed: &&Listed| listed.folders.iter().zip(&folders).all(|(one, other)| one == other);
        let mut labels = listed.iter().filter(agree).map(|listed| listed.label.as_str());
        let first = labels.next()?;
        labels.all(|label| label.eq_ignore_ascii_case(first)).then_some(first)
    }

    fn insert(&mut self, path: &str, label: &str) {
        let (name, folders) = split(path);
        let label: String = plain(label).chars().take(MOST_LETTERS).collect();
        if !name.is_empty() && !label.is_empty() {
            self.by_name.entry(name).or_default().push(Listed { folders, label });
        }
    }
}

/// Which of a model's classes a label means: as it is written, in other capitals, or as PhysioNet's number.
pub fn class(label: &str, labels: &[String]) -> Option<usize> {
    let place = |wanted: &str| {
        let exact = labels.iter().position(|label| label == wanted);
        exact.or_else(|| labels.iter().position(|label| label.eq_ignore_ascii_case(wanted)))
    };
    place(label).or_else(|| place(number(label)?))
}

/// Which of a model's classes the folders of a recording name; the innermost one that does counts.
pub fn class_of_folder(path: &str, labels: &[String]) -> Option<usize> {
    let named = |folder: &str| labels.iter().position(|label| label.eq_ignore_ascii_case(folder));
    path.rsplit(['/', '\\']).skip(1).find_map(named)
}

/// The label that a number of REFERENCE.csv means.
fn number(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches('+').trim_end_matches(".0");
    NUMBERS.iter().find(|(number, _)| *number == text).map(|(_, label)| *label)
}

/// The name of a file in lower case, and its folders, the innermost first.
fn split(path: &str) -> (String, Vec<String>) {
    let mut parts = path.rsplit(['/', '\\']).map(str::to_lowercase);
    let name = parts.next().unwrap_or_default();
    (name, parts.filter(|folder| !folder.is_empty() && folder != ".").collect())
}

/// Where recordings and labels stand, and the rows that have them.
fn columns(rows: &[Vec<String>]) -> Result<(usize, usize, &[Vec<String>]), String> {
    let (first, rest) = rows.split_first().ok_or("it is empty")?;
    let place = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| first.iter().position(|cell| cell.trim_end_matches(':').eq_ignore_ascii_case(name)))
    };
    match (place(&NAMES), place(&LABELS)) {
        (Some(name), Some(label)) => Ok((name, label, rest)),
        _ if first.get(1).is_some_and(|cell| number(cell).is_some()) => Ok((0, 1, rows)),
        _ => {
            Err("its first row has no columns path,label or name,label, and is not record,-1 or record,1 either".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(text: &str) -> Labels {
        Labels::parse(text.as_bytes()).unwrap()
    }

    fn wrong(text: &str) -> String {
        Labels::parse(text.as_bytes()).unwrap_err()
    }

    fn classes() -> Vec<String> {
        ["normal", "abnormal"].map(String::from).to_vec()
    }

    #[test]
    fn a_list_is_found_by_name_with_or_without_an_ending() {
        for text in [
            "path,label\na.wav,normal\nb c.wav,abnormal\n",
            "\u{feff}Name;Sex;Label\r\nA.WAV;f;normal\r\n\"b c.wav\";;abnormal",
            "label\trecording:\nnormal\ta\nabnormal\tb c\n",
        ] {
            let labels = labels(text);
            let found = ["a.wav", "b c.wav", "here/B C.wav", "c.wav", ""].map(|name| labels.of(name));
            assert_eq!(found, [Some("normal"), Some("abnormal"), Some("abnormal"), None, None], "{text:?}");
        }
    }

    #[test]
    fn the_list_of_physionet_has_numbers_and_no_header() {
        let labels = labels("a0001,1\na0002,-1\na0003,+1\na0004,-1.0\n");
        let found = ["a0001.wav", "training-a/a0002.wav", "a0003.wav", "a0004.wav"].map(|name| labels.of(name));
        assert_eq!(found.map(|label| class(label.unwrap(), &classes())), [Some(1), Some(0), Some(1), Some(0)]);
        assert_eq!(wrong("a0001,2\n"), wrong("a0001,normal\n"));
    }

    #[test]
    fn folders_tell_recordings_of_one_name_apart() {
        let labels = labels("path,label\nx/1.wav,normal\ny/1.wav,abnormal\nx/2.wav,normal\nz/2.wav,Normal\n");
        assert_eq!([labels.of("data/x/1.wav"), labels.of("data\\Y\\1.wav")], [Some("normal"), Some("abnormal")]);
        // Without its folder it could be either; where all say the same it does not matter.
        assert_eq!([labels.of("1.wav"), labels.of("w/1.wav"), labels.of("2.wav")], [None, None, Some("normal")]);
    }

    #[test]
    fn labels_mean_classes_of_the_model() {
        let found = ["normal", "Abnormal", "-1", "1", "murmur", ""].map(|label| class(label, &classes()));
        assert_eq!(found, [Some(0), Some(1), Some(0), Some(1), None, None]);
        let numbered = ["1", "-1"].map(String::from);
        assert_eq!(["1", "-1"].map(|label| class(label, &numbered)), [Some(0), Some(1)], "a class may be called so");
        let found = ["a/Normal/1.wav", "normal/abnormal/old/1.wav", "normal.wav", "1.wav"];
        assert_eq!(found.map(|path| class_of_folder(path, &classes())), [Some(0), Some(1), None, None]);
    }

    #[test]
    fn several_lists_are_one() {
        let mut all = labels("a0001,1\n");
        all.add(labels("a0002,-1\n"));
        assert_eq!([all.of("a0001.wav"), all.of("a0002.wav")], [Some("1"), Some("-1")]);
        all.add(labels("a0001,-1\n"));
        assert_eq!(all.of("a0001.wav"), None, "two lists contradict each other");
    }

    #[test]
    fn what_is_no_list_says_why() {
        assert_eq!(wrong(""), "it is empty");
        assert!(wrong("time,level\n0,1\n").contains("path,label or name,label"));
        assert_eq!(wrong("path,label\n,normal\na.wav,\n"), "it names no recording with a label");
        assert!(Labels::parse(b"path,label\n\xff\xfe,normal\n").unwrap_err().contains("UTF-8"));
        assert!(Labels::parse(&vec![b'a'; MOST_BYTES + 1]).unwrap_err().contains("4 MB"));
        let long = labels(&format!("path,label\na.wav,{}\u{1b}\n", "x".repeat(5000)));
        assert_eq!(long.of("a.wav").map(str::len), Some(MOST_LETTERS));
    }

    proptest! {
        #[test]
        fn no_list_brings_the_page_down(bytes in proptest::collection::vec(any::<u8>(), 0..300), path in ".*") {
            let _ = Labels::parse(&bytes).map(|labels| labels.of(&path).map(String::from));
        }

        #[test]
        fn whatever_a_recording_is_called_its_label_is_found(name in "[a-zA-Z0-9 _,\"\n;-]{1,20}[a-z]") {
            let quoted = name.replace('"', "\"\"");
            let labels = labels(&format!("path,label\n\"x{quoted}.wav\",normal\n"));
            prop_assert_eq!(labels.of(&format!("x{name}.wav")), Some("normal"));
        }
    }
}
