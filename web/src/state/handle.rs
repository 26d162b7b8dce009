//! Things of the browser that the state holds without looking inside.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::rc::Rc;

/// A file, an opened recording, or a model on a device: the state passes it on to the effects, which know what it is.
/// Like everything in the state it goes when nothing holds it any more.
#[derive(Clone)]
pub struct Handle(Rc<dyn Any>);

impl Handle {
    /// A handle of this thing.
    pub fn new<T: Any>(thing: T) -> Self {
        Self(Rc::new(thing))
    }

    /// The thing; none where it is of another kind.
    pub fn get<T: Any>(&self) -> Option<Rc<T>> {
        self.0.clone().downcast().ok()
    }
}

impl PartialEq for Handle {
    /// Whether both are the very same thing.
    fn eq(&self, other: &Self) -> bool {
        ptr::addr_eq(Rc::as_ptr(&self.0), Rc::as_ptr(&other.0))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Handle({:p})", Rc::as_ptr(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_gives_back_what_was_put_in_and_nothing_else() {
        let (one, other) = (Handle::new(7_u32), Handle::new(7_u32));
        let same = one.clone();
        assert_eq!((one.get::<u32>().as_deref(), one.get::<String>()), (Some(&7), None));
        assert!(one == same && one != other);
    }
}
