//! What comes back from the device, and what it means for the model.

use burn::module::Module;
use burn::optim::GradientsAccumulator;
use burn::tensor::Tensor;

use super::Trainer;
use crate::Result;
use crate::learning::gradients;
use crate::learning::left::{Left, Read, Reading};

impl Trainer<'_> {
    /// Reads back what has not been read yet, and undoes it where the loss or a gradient is no number.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when the device fails.
    pub fn read(&mut self) -> Result<Reading> {
        match self.left() {
            Some(left) => {
                let read = left.read()?;
                Ok(self.taken(read))
            }
            None => Ok(Reading::default()),
        }
    }

    /// The same for a page.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when the device fails.
    pub async fn read_async(&mut self) -> Result<Reading> {
        match self.left() {
            Some(left) => {
                let read = left.read_async().await?;
                Ok(self.taken(read))
            }
            None => Ok(Reading::default()),
        }
    }

    /// What has not been read back yet; none where all has.
    fn left(&mut self) -> Option<Left> {
        let unread = std::mem::take(&mut self.unread);
        if unread.is_empty() {
            return None;
        }
        let (mut numbers, mut given, mut losses, mut recordings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for one in unread {
            numbers.push(one.loss);
            given.push(one.given);
            losses.extend(one.losses);
            recordings.push(one.recordings);
        }
        let labels = self.config.labels.len();
        numbers.append(&mut given);
        numbers.append(&mut losses);
        Some(Left { numbers: Tensor::cat(numbers, 0), labels, squares: self.squares.take(), recordings })
    }

    /// Takes what was read back; where it is no number, model, optimiser and average are those before it again.
    fn taken(&mut self, read: Read) -> Reading {
        if let Some(subsets) = &mut self.subsets {
            read.batches().for_each(|(recordings, losses)| subsets.take(recordings, losses));
        }
        let reading = read.reading();
        if reading.fault.is_some() {
            if let Some((model, optimizer, average)) = self.good.take() {
                self.model = gradients::numbered(model.train());
                self.optimizer = optimizer;
                self.average = average;
            }
            self.gradients = GradientsAccumulator::new();
            self.accumulated = 0;
        }
        reading
    }
}
