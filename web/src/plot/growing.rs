//! A list that grows at its end, and whose copies share what does not change any more: what is drawn of a recording is
//! copied with every step of a run.

use std::rc::Rc;

/// Items that are shared at once.
const BLOCK: usize = 1 << 13;

/// Such a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Growing<T> {
    /// Blocks of exactly [`BLOCK`] items.
    full: Vec<Rc<Vec<T>>>,
    /// What comes behind them: it is not empty unless the list is, so that the last item can still change.
    open: Vec<T>,
}

impl<T> Default for Growing<T> {
    fn default() -> Self {
        Self { full: Vec::new(), open: Vec::new() }
    }
}

impl<T: Copy> Growing<T> {
    /// Number of items.
    pub fn len(&self) -> usize {
        self.full.len() * BLOCK + self.open.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Appends an item.
    pub fn push(&mut self, item: T) {
        if self.open.len() == BLOCK {
            self.full.push(Rc::new(std::mem::take(&mut self.open)));
        }
        self.open.push(item);
    }

    /// The item at a place.
    pub fn get(&self, place: usize) -> Option<T> {
        let block = self.full.get(place / BLOCK).map_or(&self.open, Rc::as_ref);
        let before = self.full.len().min(place / BLOCK) * BLOCK;
        block.get(place - before).copied()
    }

    /// Puts another item at a place, where there is one.
    pub fn set(&mut self, place: usize, item: T) {
        let before = self.full.len().min(place / BLOCK) * BLOCK;
        let block = match self.full.get_mut(place / BLOCK) {
            Some(block) => Rc::make_mut(block),
            None => &mut self.open,
        };
        if let Some(old) = block.get_mut(place - before) {
            *old = item;
        }
    }

    /// The last item, to be changed.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.open.last_mut()
    }

    /// The items from one place to another, as far as there are any.
    pub fn range(&self, from: usize, to: usize) -> impl Iterator<Item = T> {
        (from..to).map_while(|place| self.get(place))
    }

    /// All items.
    pub fn items(&self) -> impl Iterator<Item = T> {
        self.full.iter().flat_map(|block| block.iter().copied()).chain(self.open.iter().copied())
    }
}

impl<T: Copy> FromIterator<T> for Growing<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Self::default();
        items.into_iter().for_each(|item| list.push(item));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let list: Growing<usize> = (0..length).collect();
            assert_eq!((list.len(), list.is_empty()), (length, length == 0));
            assert!(list.items().eq(0..length));
            assert!((0..length).all(|place| list.get(place) == Some(place)), "{length}");
            assert_eq!((list.get(length), list.get(length + BLOCK)), (None, None));
            assert!(list.range(1, length + 5).eq(1..length.max(1)));
        }
    }

    #[test]
    fn copies_share_what_is_full_and_change_on_their_own() {
        let list: Growing<usize> = (0..2 * BLOCK + 3).collect();
        let mut copy = list.clone();
        assert!(Rc::ptr_eq(&list.full[0], &copy.full[0]));
        for place in [5, 2 * BLOCK + 1, 9 * BLOCK] {
            copy.set(place, 7);
        }
        copy.push(9);
        *copy.last_mut().unwrap() += 1;
        assert_eq!([5, 2 * BLOCK + 1, 2 * BLOCK + 3].map(|place| copy.get(place)), [Some(7), Some(7), Some(10)]);
        assert!(list.items().eq(0..2 * BLOCK + 3), "the other one is as it was");
        assert!(!Rc::ptr_eq(&list.full[0], &copy.full[0]) && Rc::ptr_eq(&list.full[1], &copy.full[1]));
    }

    #[test]
    fn the_last_item_can_change_wherever_it_is() {
        let mut list = Growing::default();
        for place in 0..2 * BLOCK + 2 {
            list.push(0);
            *list.last_mut().unwrap() = place;
        }
        assert!(list.items().eq(0..2 * BLOCK + 2));
    }
}
