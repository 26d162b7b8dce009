//! The list as it is looked at: sorted, filtered, a page at a time.

use std::cmp::Ordering;
use std::rc::Rc;

use spectnet_core::math::order::order;

use super::{Many, Row, Standing};

/// Rows of a page: so many are drawn at once without a wait, and no page is hard to read.
pub const PAGE: usize = 50;
/// Longest text that is looked for, in letters.
const MOST_LETTERS: usize = 200;

/// How the list is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it is sorted by; none: as the recordings were given.
    pub by: Option<Column>,
    /// Whether the largest comes first.
    pub descending: bool,
    /// What names must have in them, in lower case; empty: nothing.
    pub search: String,
    /// Which results are shown.
    pub narrow: Narrow,
    /// The page that is asked for, counted from 0.
    pub page: usize,
}

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// What the recording is called.
    Name,
    /// What it is called by the model.
    Label,
    /// How probable that is.
    Probability,
    /// Beats a minute.
    HeartRate,
    /// How good the recording is, the best first.
    Quality,
}

/// Which results are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Narrow {
    /// All.
    #[default]
    All,
    /// Those with this label.
    Label(String),
    /// Those of which nothing can be said.
    Abstained,
    /// Those that could not be read or judged.
    Failed,
    /// Those that are not judged yet.
    Waiting,
}

impl Column {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Name, Self::Label, Self::Probability, Self::HeartRate, Self::Quality];

    /// Its name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Label => "label",
            Self::Probability => "probability",
            Self::HeartRate => "rate",
            Self::Quality => "quality",
        }
    }
}

impl Narrow {
    /// Its value in the document.
    pub fn value(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Label(label) => format!("label {label}"),
            Self::Abstained => "abstained".into(),
            Self::Failed => "failed".into(),
            Self::Waiting => "waiting".into(),
        }
    }

    /// What a value in the document stands for.
    pub fn of_value(value: &str) -> Self {
        match value {
            "abstained" => Self::Abstained,
            "failed" => Self::Failed,
            "waiting" => Self::Waiting,
            _ => value.strip_prefix("label ").map_or(Self::All, |label| Self::Label(label.into())),
        }
    }

    fn shows(&self, row: &Row) -> bool {
        let verdict = row.verdict.as_ref();
        match self {
            Self::All => true,
            Self::Label(label) => verdict.is_some_and(|verdict| verdict.label.as_ref() == Some(label)),
            Self::Abstained => verdict.is_some_and(|verdict| verdict.abstained.is_some()),
            Self::Failed => matches!(row.standing, Standing::Failed(_)),
            Self::Waiting => matches!(row.standing, Standing::Waiting | Standing::Working),
        }
    }
}

impl Table {
    /// Sorts by a column; once more the other way round.
    pub(super) fn sort(&mut self, by: Column) {
        self.descending = self.by == Some(by) && !self.descending;
        (self.by, self.page) = (Some(by), 0);
    }

    /// Shows names with this in them.
    pub(super) fn search(&mut self, text: &str) {
        self.search = text.trim().to_lowercase().chars().take(MOST_LETTERS).collect();
        self.page = 0;
    }

    /// Shows some results only.
    pub(super) fn narrow(&mut self, narrow: Narrow) {
        (self.narrow, self.page) = (narrow, 0);
    }
}

impl Many {
    /// The rows that are looked at, in their order.
    pub fn listed(&self) -> Vec<&Rc<Row>> {
        let Table { by, descending, search, narrow, .. } = &self.table;
        let found =
            |row: &&Rc<Row>| narrow.shows(row) && (search.is_empty() || row.name.to_lowercase().contains(search));
        let rows: Vec<&Rc<Row>> = self.rows.iter().filter(found).collect();
        let Some(by) = by else { return rows };
        let names: Vec<String> = match by {
            Column::Name => rows.iter().map(|row| row.name.to_lowercase()).collect(),
            _ => Vec::new(),
        };
        let order = order(rows.len(), &|a, b| match by {
            Column::Name => ordered(Some(&names[a]), Some(&names[b]), Ord::cmp, *descending),
            Column::Label => ordered(label(rows[a]), label(rows[b]), Ord::cmp, *descending),
            Column::Probability | Column::HeartRate | Column::Quality => {
                ordered(number(rows[a], *by), number(rows[b], *by), f64::total_cmp, *descending)
            }
        });
        order.into_iter().map(|place| rows[place]).collect()
    }

    /// The page of these rows that is shown: its number, and how many there are.
    pub fn page_of(&self, rows: usize) -> (usize, usize) {
        let pages = rows.div_ceil(PAGE).max(1);
        (self.table.page.min(pages - 1), pages)
    }
}

fn label(row: &Row) -> Option<&str> {
    row.verdict.as_ref()?.label.as_deref()
}

/// What a column of numbers has in a row.
fn number(row: &Row, column: Column) -> Option<f64> {
    let verdict = row.verdict.as_ref()?;
    match column {
        Column::Name | Column::Label => None,
        Column::Probability => verdict.probability(),
        Column::HeartRate => verdict.heart_rate_bpm,
        Column::Quality => Some(verdict.quality?.poor),
    }
}

/// What has no value comes last, whichever way the others are sorted.
fn ordered<T>(a: Option<T>, b: Option<T>, compare: fn(&T, &T) -> Ordering, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => compare(&b, &a),
        (Some(a), Some(b)) => compare(&a, &b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
