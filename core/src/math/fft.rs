//! Complex Fourier transforms in f64, as many at once as a register has lanes.
//!
//! Each lane is a transform of its own, so no step moves numbers between lanes. The order of frequencies does not
//! matter for a product of spectra, so neither direction sorts: [`Fft::forward`] leaves the frequencies in
//! digit-reversed order (decimation in frequency, radix 4), and [`Fft::inverse`] takes them in that order (decimation
//! in time).

use pulp::Simd;
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// One complex number in each lane: the real parts and the imaginary parts.
pub type Point<S> = [<S as Simd>::f64s; 2];

/// Real and imaginary part of e^(−iφ), e^(−2iφ), e^(−3iφ): the factors of one butterfly.
type Twiddle = [f64; 6];

/// Points that are processed at all levels before the next ones, so that they stay in the first-level cache.
const CACHED: usize = 256;

/// A complex transform of fixed length. It is not normalised: forward and inverse together multiply by the length.
#[derive(Clone, Debug)]
pub struct Fft {
    length: usize,
    /// Twiddle factors of the levels above the first, shortest butterflies first.
    levels: Vec<Vec<Twiddle>>,
}

/// A buffer `[points, 2, lanes]` as points.
#[inline(always)]
pub fn points<S: Simd>(values: &[f64]) -> &[Point<S>] {
    S::as_simd_f64s(values).0.as_chunks().0
}

/// [`points`] that can be written to.
#[inline(always)]
pub fn points_mut<S: Simd>(values: &mut [f64]) -> &mut [Point<S>] {
    S::as_mut_simd_f64s(values).0.as_chunks_mut().0
}

/// a·b in each lane.
#[inline(always)]
pub fn product<S: Simd>(simd: S, [ar, ai]: Point<S>, [br, bi]: Point<S>) -> Point<S> {
    let re = simd.negate_mul_add_e_f64s(ai, bi, simd.mul_f64s(ar, br));
    let im = simd.mul_add_e_f64s(ai, br, simd.mul_f64s(ar, bi));
    [re, im]
}

/// conj(a)·b in each lane.
#[inline(always)]
pub fn conjugate_product<S: Simd>(simd: S, [ar, ai]: Point<S>, [br, bi]: Point<S>) -> Point<S> {
    let re = simd.mul_add_e_f64s(ai, bi, simd.mul_f64s(ar, br));
    let im = simd.negate_mul_add_e_f64s(ai, br, simd.mul_f64s(ar, bi));
    [re, im]
}

#[inline(always)]
fn add<S: Simd>(simd: S, a: Point<S>, b: Point<S>) -> Point<S> {
    [simd.add_f64s(a[0], b[0]), simd.add_f64s(a[1], b[1])]
}

#[inline(always)]
fn sub<S: Simd>(simd: S, a: Point<S>, b: Point<S>) -> Point<S> {
    [simd.sub_f64s(a[0], b[0]), simd.sub_f64s(a[1], b[1])]
}

/// Transform of two points.
#[inline(always)]
fn two<S: Simd>(simd: S, a: Point<S>, b: Point<S>) -> [Point<S>; 2] {
    [add(simd, a, b), sub(simd, a, b)]
}

/// a + i·b and a − i·b.
#[inline(always)]
fn add_sub_turned<S: Simd>(simd: S, a: Point<S>, b: Point<S>) -> [Point<S>; 2] {
    [[simd.sub_f64s(a[0], b[1]), simd.add_f64s(a[1], b[0])], [simd.add_f64s(a[0], b[1]), simd.sub_f64s(a[1], b[0])]]
}

/// The same number in every lane.
#[inline(always)]
pub fn splat<S: Simd>(simd: S, [re, im]: [f64; 2]) -> Point<S> {
    [simd.splat_f64s(re), simd.splat_f64s(im)]
}

#[inline(always)]
fn turns<S: Simd>(simd: S, [br, bi, cr, ci, dr, di]: &Twiddle) -> [Point<S>; 3] {
    [splat(simd, [*br, *bi]), splat(simd, [*cr, *ci]), splat(simd, [*dr, *di])]
}

/// Transform of four points with e^(−iφ).
#[inline(always)]
fn four_forward<S: Simd>(simd: S, [a, b, c, d]: [Point<S>; 4]) -> [Point<S>; 4] {
    let (even, odd) = (add(simd, a, c), add(simd, b, d));
    let [third, first] = add_sub_turned(simd, sub(simd, a, c), sub(simd, b, d));
    [add(simd, even, odd), first, sub(simd, even, odd), third]
}

/// Transform of four points with e^(+iφ).
#[inline(always)]
fn four_inverse<S: Simd>(simd: S, [a, b, c, d]: [Point<S>; 4]) -> [Point<S>; 4] {
    let (even, odd) = (add(simd, a, c), add(simd, b, d));
    let [first, third] = add_sub_turned(simd, sub(simd, a, c), sub(simd, b, d));
    [add(simd, even, odd), first, sub(simd, even, odd), third]
}

/// Twiddles of the butterflies of eight points.
const EIGHTH: Twiddle = [FRAC_1_SQRT_2, -FRAC_1_SQRT_2, 0.0, -1.0, -FRAC_1_SQRT_2, -FRAC_1_SQRT_2];

/// Splits four interleaved parts of a signal into the four residue classes of its frequencies: one butterfly.
#[inline(always)]
fn split<S: Simd>(simd: S, parts: [Point<S>; 4], w: &Twiddle) -> [Point<S>; 4] {
    let [a, b, c, d] = four_forward(simd, parts);
    let [b_turn, c_turn, d_turn] = turns(simd, w);
    [a, product(simd, b_turn, b), product(simd, c_turn, c), product(simd, d_turn, d)]
}

/// The transpose of [`split`].
#[inline(always)]
fn join<S: Simd>(simd: S, [a, b, c, d]: [Point<S>; 4], w: &Twiddle) -> [Point<S>; 4] {
    let [b_turn, c_turn, d_turn] = turns(simd, w);
    let (b, c) = (conjugate_product(simd, b_turn, b), conjugate_product(simd, c_turn, c));
    four_inverse(simd, [a, b, c, conjugate_product(simd, d_turn, d)])
}

#[inline(always)]
fn level<S: Simd>(
    block: &mut [Point<S>],
    twiddles: &[Twiddle],
    butterfly: impl Fn([Point<S>; 4], &Twiddle) -> [Point<S>; 4],
) {
    let quarter = block.len() / 4;
    let (ab, cd) = block.split_at_mut(2 * quarter);
    let ((a, b), (c, d)) = (ab.split_at_mut(quarter), cd.split_at_mut(quarter));
    for ((((a, b), c), d), w) in a.iter_mut().zip(b).zip(c).zip(d).zip(twiddles) {
        [*a, *b, *c, *d] = butterfly([*a, *b, *c, *d], w);
    }
}

impl Fft {
    /// A transform of `length` points.
    ///
    /// # Panics
    /// Unless the length is a power of two and at least 4.
    pub fn new(length: usize) -> Self {
        assert!(length.is_power_of_two() && length >= 4, "a transform of {length} points");
        let mut levels = Vec::new();
        let mut size = 4 * first_size(length);
        while size <= length {
            let twiddle = |i: usize| {
                let mut twiddle = [0.0; 6];
                for turn in 1..4 {
                    let (sin, cos) = (-TAU * (turn * i) as f64 / size as f64).sin_cos();
                    twiddle[2 * turn - 2..2 * turn].copy_from_slice(&[cos, sin]);
                }
                twiddle
            };
            levels.push((0..size / 4).map(twiddle).collect());
            size *= 4;
        }
        Self { length, levels }
    }

    /// Number of points of the transform.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Σ x[t] e^(−2πi ft/n), in digit-reversed order of f. The values of `points` are overwritten.
    ///
    /// `take(place, value)` is called once for each frequency, in the order of the places.
    #[inline(always)]
    pub fn forward<S: Simd>(&self, simd: S, points: &mut [Point<S>], mut take: impl FnMut(usize, Point<S>)) {
        let cached = self.cached_levels();
        let size = first_size(self.length) << (2 * cached);
        let points = &mut points[..self.length];
        for start in (0..self.length).step_by(size) {
            for (i, twiddles) in self.levels[cached..].iter().enumerate().rev() {
                let longer = size << (2 * (i + 1));
                if start.is_multiple_of(longer) {
                    level::<S>(
                        &mut points[start..start + longer],
                        twiddles,
                        #[inline(always)]
                        |x, w| split(simd, x, w),
                    );
                }
            }
            let block = &mut points[start..start + size];
            for (twiddles, longer) in self.levels[..cached].iter().zip(self.sizes()).rev() {
                for chunk in block.chunks_exact_mut(longer) {
                    level::<S>(
                        chunk,
                        twiddles,
                        #[inline(always)]
                        |x, w| split(simd, x, w),
                    );
                }
            }
            if first_size(self.length) == 4 {
                for (i, &four) in block.as_chunks::<4>().0.iter().enumerate() {
                    for (j, value) in four_forward(simd, four).into_iter().enumerate() {
                        take(start + 4 * i + j, value);
                    }
                }
            } else {
                for (i, &[a, b, c, d, e, f, g, h]) in block.as_chunks::<8>().0.iter().enumerate() {
                    let even = four_forward(simd, [a, c, e, g]);
                    let odd = split(simd, [b, d, f, h], &EIGHTH);
                    for (j, (even, odd)) in even.into_iter().zip(odd).enumerate() {
                        let [sum, difference] = two(simd, even, odd);
                        take(start + 8 * i + 2 * j, sum);
                        take(start + 8 * i + 2 * j + 1, difference);
                    }
                }
            }
        }
    }

    /// Σ X[f] e^(2πi ft/n), from frequencies in the order in which [`forward`](Self::forward) gives them.
    ///
    /// `give(place)` is called once for each frequency.
    #[inline(always)]
    pub fn inverse<S: Simd>(&self, simd: S, points: &mut [Point<S>], mut give: impl FnMut(usize) -> Point<S>) {
        let cached = self.cached_levels();
        let size = first_size(self.length) << (2 * cached);
        let points = &mut points[..self.length];
        for start in (0..self.length).step_by(size) {
            let block = &mut points[start..start + size];
            if first_size(self.length) == 4 {
                for (i, four) in block.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    let place = start + 4 * i;
                    *four = four_inverse(simd, [give(place), give(place + 1), give(place + 2), give(place + 3)]);
                }
            } else {
                for (i, eight) in block.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                    let place = start + 8 * i;
                    let [a, b] = two(simd, give(place), give(place + 1));
                    let [c, d] = two(simd, give(place + 2), give(place + 3));
                    let [e, f] = two(simd, give(place + 4), give(place + 5));
                    let [g, h] = two(simd, give(place + 6), give(place + 7));
                    let [a, c, e, g] = four_inverse(simd, [a, c, e, g]);
                    let [b, d, f, h] = join(simd, [b, d, f, h], &EIGHTH);
                    *eight = [a, b, c, d, e, f, g, h];
                }
            }
            for (twiddles, longer) in self.levels[..cached].iter().zip(self.sizes()) {
                for chunk in block.chunks_exact_mut(longer) {
                    level::<S>(
                        chunk,
                        twiddles,
                        #[inline(always)]
                        |x, w| join(simd, x, w),
                    );
                }
            }
            let end = start + size;
            for (i, twiddles) in self.levels[cached..].iter().enumerate() {
                let longer = size << (2 * (i + 1));
                if end.is_multiple_of(longer) {
                    level::<S>(
                        &mut points[end - longer..end],
                        twiddles,
                        #[inline(always)]
                        |x, w| join(simd, x, w),
                    );
                }
            }
        }
    }

    /// Points of a chunk of a butterfly at each level above the first.
    fn sizes(&self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        let first = first_size(self.length);
        (1..=self.levels.len()).map(move |level| first << (2 * level)).collect::<Vec<_>>().into_iter()
    }

    /// Number of levels above the first whose chunks fit in the cache.
    fn cached_levels(&self) -> usize {
        self.levels.iter().take_while(|twiddles| 4 * twiddles.len() <= CACHED).count()
    }
}

/// Points of the first level, which has no twiddle factors: 4, or 8 where the length is not a power of four.
fn first_size(length: usize) -> usize {
    if length.trailing_zeros().is_multiple_of(2) { 4 } else { 8 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Aligned;
    use pulp::{Arch, WithSimd};

    fn place(length: usize, lanes: usize, point: usize, part: usize, lane: usize) -> usize {
        assert!(point < length);
        (2 * point + part) * lanes + lane
    }

    /// Each lane its own sum of two waves and one impulse.
    fn value(t: usize, lane: usize) -> [f64; 2] {
        let t = t as f64;
        [(0.3 * t + lane as f64).sin() + if t == 1.0 { 3.0 } else { 0.0 }, (0.02 * t * t).cos() - 0.1 * lane as f64]
    }

    /// Forward against the definition, then inverse against the start.
    struct Check(usize);

    impl WithSimd for Check {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            let (length, lanes) = (self.0, S::F64_LANES);
            let fft = Fft::new(length);
            let mut work = Aligned::zeros(2 * lanes * length);
            for t in 0..length {
                for lane in 0..lanes {
                    for part in 0..2 {
                        work[place(length, lanes, t, part, lane)] = value(t, lane)[part];
                    }
                }
            }
            let mut spectrum = vec![[simd.splat_f64s(0.0); 2]; length];
            let mut asked = 0;
            fft.forward(simd, points_mut::<S>(&mut work), |place, value: Point<S>| {
                assert_eq!(place, asked);
                asked += 1;
                spectrum[place] = value;
            });
            assert_eq!(asked, length);
            if length <= 512 {
                check_definition::<S>(length, &spectrum);
            }
            fft.inverse(simd, points_mut::<S>(&mut work), |place| spectrum[place]);
            for t in 0..length {
                for lane in 0..lanes {
                    for part in 0..2 {
                        let got = work[place(length, lanes, t, part, lane)] / length as f64;
                        assert!((got - value(t, lane)[part]).abs() < 1e-14 * length as f64);
                    }
                }
            }
        }
    }

    /// The spectrum holds each frequency once; which one is where is found by its distance.
    fn check_definition<S: Simd>(length: usize, spectrum: &[Point<S>]) {
        let spectrum: &[f64] = pulp::bytemuck::cast_slice(spectrum.as_flattened());
        let lanes = S::F64_LANES;
        let mut left: Vec<usize> = (0..length).collect();
        let wave = |f: usize, lane: usize| {
            let mut sum = [0.0; 2];
            for t in 0..length {
                let ([re, im], (sin, cos)) =
                    (value(t, lane), (TAU * ((f * t) % length) as f64 / length as f64).sin_cos());
                sum = [sum[0] + re * cos + im * sin, sum[1] + im * cos - re * sin];
            }
            sum
        };
        let expected: Vec<[f64; 2]> = (0..length).map(|f| wave(f, 0)).collect();
        for point in 0..length {
            let got = |lane: usize| [0, 1].map(|part| spectrum[place(length, lanes, point, part, lane)]);
            let distance = |f: usize| (expected[f][0] - got(0)[0]).hypot(expected[f][1] - got(0)[1]);
            let nearest = (0..left.len()).min_by(|&a, &b| distance(left[a]).total_cmp(&distance(left[b]))).unwrap();
            let f = left.swap_remove(nearest);
            for lane in [0, lanes - 1] {
                let expected = wave(f, lane);
                let error = (expected[0] - got(lane)[0]).hypot(expected[1] - got(lane)[1]);
                assert!(error < 1e-13 * length as f64, "frequency {f} of {length}: off by {error}");
            }
        }
    }

    #[test]
    fn every_length_is_the_definition_and_goes_back() {
        for length in (2..=14).map(|power| 1 << power) {
            Arch::new().dispatch(Check(length));
            if length <= 1024 {
                Arch::Scalar.dispatch(Check(length));
            }
        }
    }
}
