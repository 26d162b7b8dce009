//! What is found, what is made anew, and what is not kept.

use std::cell::Cell;

use spectnet_core::audio::{Recording, write_wav};
use spectnet_core::model::Task;

use super::*;

fn config() -> ModelConfig {
    Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3)
}

fn cache(folder: &Path) -> Cache {
    Cache::new(Some(&CachePlace::Folder(folder.into())))
}

fn tone(path: &Path, step: f32) {
    let sound = Recording::new((0..8000).map(|k| (step * k as f32).sin() * 0.1).collect(), 2000).unwrap();
    fs::write(path, write_wav(&sound).unwrap()).unwrap();
}

/// The recording as anything would prepare it.
fn prepared(step: f32) -> (Downmixes, Digest) {
    let sound = Recording::new((0..8000).map(|k| (step * k as f32).sin() * 0.1).collect(), 2000).unwrap();
    (vec![(Downmix::Mean, Prepared::new(&config(), &sound).unwrap())], Digest::new([3; 8]))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(FOLDER)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Asks a cache for a recording; how often it had to be made.
fn ask(cache: &Cache, path: &Path, step: f32) -> u32 {
    let made = Cell::new(0);
    let make = || {
        made.set(made.get() + 1);
        Ok(prepared(step))
    };
    let found = cache.get_or_make(path, &config(), make).unwrap();
    assert_eq!(found, prepared(step));
    made.get()
}

#[test]
fn a_recording_is_made_once_under_all_its_names_and_again_where_its_entry_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let [one, copy, other] = ["one.wav", "copy.wav", "other.wav"].map(|name| folder.path().join(name));
    tone(&one, 0.2);
    tone(&copy, 0.2);
    tone(&other, 0.3);
    let first = cache(folder.path());
    let finds = |path: &Path| cache(folder.path()).find(path, &config());
    assert!(finds(&one).is_none() && entries(folder.path()).is_empty());
    assert_eq!([(&one, 0.2), (&copy, 0.2), (&other, 0.3)].map(|(path, step)| ask(&first, path, step)), [1, 0, 1]);
    let kept = entries(folder.path());
    assert!(kept.len() == 2 && kept.iter().all(|entry| entry.extension().is_some_and(|name| name == EXTENSION)));
    assert_eq!(ask(&cache(folder.path()), &one, 0.2), 0);
    assert_eq!((finds(&copy), finds(&other)), (Some(prepared(0.2)), Some(prepared(0.3))));
    let damages: [fn(&mut Vec<u8>); 3] = [|bytes| bytes[500] ^= 1, |bytes| bytes.truncate(300), Vec::clear];
    for damage in damages {
        let good = fs::read(&kept[0]).unwrap();
        let mut bad = good.clone();
        damage(&mut bad);
        fs::write(&kept[0], &bad).unwrap();
        // Whoever only looks mends nothing.
        assert_eq!([&one, &other].iter().filter(|path| finds(path).is_some()).count(), 1);
        assert_eq!(fs::read(&kept[0]).unwrap(), bad);
        let cache = cache(folder.path());
        assert_eq!(ask(&cache, &one, 0.2) + ask(&cache, &other, 0.3), 1);
        assert_eq!(cache.counts().damaged.len(), 1);
        assert_eq!(fs::read(&kept[0]).unwrap(), good);
        cache.say();
        assert!(cache.counts().damaged.is_empty());
    }
}

#[test]
fn where_nothing_can_be_kept_everything_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one.wav", "other.wav"].map(|name| folder.path().join(name));
    tone(&one, 0.2);
    tone(&other, 0.3);
    for none in [Cache::default(), Cache::new(Some(&CachePlace::Off))] {
        assert!(none.find(&one, &config()).is_none());
        assert_eq!([ask(&none, &one, 0.2), ask(&none, &one, 0.2)], [1, 1]);
    }
    // A file has no room for a folder.
    let closed = cache(&one);
    assert_eq!([ask(&closed, &one, 0.2), ask(&closed, &other, 0.3), ask(&closed, &one, 0.2)], [1, 1, 1]);
    let trouble = closed.counts().trouble.clone().unwrap();
    assert!(trouble.contains("cannot create the folder") && closed.counts().damaged.is_empty(), "{trouble}");
    closed.say();
    assert_eq!(ask(&closed, &one, 0.2), 1);
    assert_eq!(closed.counts().trouble, None, "it is said once");
    // Nor has a folder that is full.
    let full = cache(folder.path());
    full.room().bytes = Some(MOST_BYTES);
    assert_eq!([ask(&full, &one, 0.2), ask(&full, &one, 0.2)], [1, 1]);
    assert!(full.counts().trouble.as_ref().is_some_and(|trouble| trouble.contains("more than 43 GB are kept there")));
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn faults_are_not_kept_nor_is_what_changes_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.wav");
    tone(&path, 0.2);
    let cache = cache(folder.path());
    let refused = cache.get_or_make(&path, &config(), || Err(Error::input("no sound")));
    assert_eq!(refused.unwrap_err().to_string(), "no sound");
    let changed = cache.get_or_make(&path, &config(), || {
        fs::write(&path, "other bytes").unwrap();
        Ok(prepared(0.2))
    });
    assert_eq!(changed.unwrap(), prepared(0.2));
    // What is not there is left to whoever decodes it.
    fs::remove_file(&path).unwrap();
    assert!(cache.get_or_make(&path, &config(), || Err(Error::input("gone"))).is_err());
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn what_was_left_half_written_long_ago_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new, whole] = [".a.bin.1.0.part", ".b.bin.1.0.part", "c.bin"].map(|name| folder.path().join(name));
    for path in [&old, &new, &whole] {
        fs::write(path, [0; 10]).unwrap();
    }
    let long_ago = SystemTime::now() - 2 * GIVEN_UP;
    for path in [&old, &whole] {
        fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    }
    assert_eq!(tidy(folder.path()), 20);
    assert_eq!([&old, &new, &whole].map(|path| path.exists()), [false, true, true]);
}

#[test]
fn sizes_are_for_people() {
    let sizes = [0, 1, 999_999, 312_000_000, MOST_BYTES].map(size);
    assert_eq!(sizes, ["0 kB", "1 kB", "1000 kB", "312 MB", "43 GB"]);
}
