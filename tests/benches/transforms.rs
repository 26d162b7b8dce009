//! The Fourier transforms of the fused filterbank against those of realfft, which is rustfft for real signals:
//! `cargo bench -p spectnet-tests --bench transforms`.
//!
//! Both do what the filterbank does, on one thread and in f64: blocks of a signal to spectra, each times the spectra of
//! all filters, the products back, and the sum of the squares of what comes out. Ours takes two blocks as real and
//! imaginary part of one transform and has a transform in every lane of a register; realfft takes one real block after
//! the other.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pulp::{Arch, Simd, WithSimd, bytemuck};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use spectnet_core::math::Aligned;
use spectnet_core::math::fft::{Fft, Point, conjugate_product, points, points_mut, splat};

/// Points of the transforms: 256 for the heart model's 81 taps, 4096 for 1103.
const LENGTHS: [usize; 4] = [256, 1024, 4096, 16_384];
/// As many pairs of blocks as the widest register has lanes.
const BLOCKS: usize = 16;
const FILTERS: usize = 16;

/// `count` rows of `length` numbers with something at every frequency, those behind the first `taps` of a row zero.
fn rows(count: usize, length: usize, taps: usize) -> Vec<f64> {
    let value = |i: usize| if i % length < taps { (0.3 * i as f64).sin() + (1e-3 * (i * i) as f64).cos() } else { 0.0 };
    (0..count * length).map(value).collect()
}

/// A bank as `filterbank::fused` has it.
struct Ours {
    arch: Arch,
    fft: Fft,
    /// `[groups, length, 2, lanes]`
    spectra: Aligned,
}

impl Ours {
    fn new(kernels: &[f64], length: usize) -> Self {
        let (arch, fft) = (Arch::new(), Fft::new(length));
        let spectra = arch.dispatch(Spectra { fft: &fft, kernels });
        Self { arch, fft, spectra }
    }

    fn energy(&self, blocks: &[f64]) -> f64 {
        self.arch.dispatch(Energy { bank: self, blocks })
    }
}

/// Transforms kernels, one in each lane.
struct Spectra<'a> {
    fft: &'a Fft,
    kernels: &'a [f64],
}

impl WithSimd for Spectra<'_> {
    type Output = Aligned;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Aligned {
        let (lanes, length) = (S::F64_LANES, self.fft.length());
        let size = 2 * lanes * length;
        let mut work = Aligned::zeros(size);
        let mut spectra = Aligned::zeros(size * FILTERS.div_ceil(lanes));
        for (group, kernels) in spectra.chunks_exact_mut(size).zip(self.kernels.chunks(lanes * length)) {
            work.fill(0.0);
            for (lane, kernel) in kernels.chunks_exact(length).enumerate() {
                for (point, tap) in work.chunks_exact_mut(2 * lanes).zip(kernel) {
                    point[lane] = tap / length as f64;
                }
            }
            let group = points_mut::<S>(group);
            self.fft.forward(
                simd,
                points_mut::<S>(&mut work),
                #[inline(always)]
                |place, value: Point<S>| group[place] = value,
            );
        }
        spectra
    }
}

/// The sum of the squares of all filters' outputs on the blocks.
struct Energy<'a> {
    bank: &'a Ours,
    blocks: &'a [f64],
}

impl WithSimd for Energy<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Ours { fft, spectra: filters, .. } = self.bank;
        let (lanes, length) = (S::F64_LANES, fft.length());
        let size = 2 * lanes * length;
        let mut work = Aligned::zeros(size);
        let mut spectra = vec![[0.0; 2]; lanes * length];
        let mut energy = [simd.splat_f64s(0.0); 2];
        for pairs in self.blocks.chunks(size) {
            for (index, block) in pairs.chunks_exact(length).enumerate() {
                let first = index % 2 * lanes + index / 2;
                let places = work[first..].iter_mut().step_by(2 * lanes);
                places.zip(block).for_each(|(place, sample)| *place = *sample);
            }
            fft.forward(
                simd,
                points_mut::<S>(&mut work),
                #[inline(always)]
                |place, value: Point<S>| {
                    let numbers: &[f64] = bytemuck::cast_slice(&value);
                    let (re, im) = numbers.split_at(lanes);
                    for (spectrum, (&re, &im)) in spectra[place..].iter_mut().step_by(length).zip(re.iter().zip(im)) {
                        *spectrum = [re, im];
                    }
                },
            );
            for group in filters.chunks_exact(size) {
                let group = &points::<S>(group)[..length];
                for spectrum in spectra.chunks_exact(length).take(pairs.len() / (2 * length)) {
                    fft.inverse(
                        simd,
                        points_mut::<S>(&mut work),
                        #[inline(always)]
                        |place| conjugate_product(simd, group[place], splat(simd, spectrum[place])),
                    );
                    for output in &points::<S>(&work)[..length] {
                        for (energy, part) in energy.iter_mut().zip(output) {
                            *energy = simd.mul_add_e_f64s(*part, *part, *energy);
                        }
                    }
                }
            }
        }
        simd.reduce_sum_f64s(simd.add_f64s(energy[0], energy[1]))
    }
}

/// The same by the library.
struct Library {
    arch: Arch,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    /// `[filters, length / 2 + 1]`
    spectra: Vec<Complex<f64>>,
}

impl Library {
    fn new(kernels: &[f64], length: usize) -> Self {
        let mut planner = RealFftPlanner::<f64>::new();
        let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
        let spectrum = |kernel: &[f64]| {
            let mut kernel: Vec<f64> = kernel.iter().map(|tap| tap / length as f64).collect();
            let mut spectrum = forward.make_output_vec();
            forward.process(&mut kernel, &mut spectrum).expect("lengths of the plan");
            spectrum
        };
        let spectra = kernels.chunks_exact(length).flat_map(spectrum).collect();
        Self { arch: Arch::new(), forward, inverse, spectra }
    }

    fn energy(&self, blocks: &[f64]) -> f64 {
        let Self { arch, forward, inverse, spectra } = self;
        let (mut input, mut spectrum) = (forward.make_input_vec(), forward.make_output_vec());
        let (mut product, mut output) = (inverse.make_input_vec(), inverse.make_output_vec());
        let (mut scratch, mut scratch_back) = (forward.make_scratch_vec(), inverse.make_scratch_vec());
        let mut energy = [0.0; 8];
        for block in blocks.chunks_exact(input.len()) {
            input.copy_from_slice(block);
            forward.process_with_scratch(&mut input, &mut spectrum, &mut scratch).expect("lengths of the plan");
            for filter in spectra.chunks_exact(spectrum.len()) {
                arch.dispatch(
                    #[inline(always)]
                    || {
                        for ((product, filter), value) in product.iter_mut().zip(filter).zip(&spectrum) {
                            *product = filter.conj() * value;
                        }
                    },
                );
                inverse
                    .process_with_scratch(&mut product, &mut output, &mut scratch_back)
                    .expect("lengths of the plan");
                arch.dispatch(
                    #[inline(always)]
                    || {
                        for outputs in output.as_chunks::<8>().0 {
                            energy.iter_mut().zip(outputs).for_each(|(energy, output)| *energy += output * output);
                        }
                    },
                );
            }
        }
        energy.iter().sum()
    }
}

fn transforms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("transforms of {BLOCKS} blocks, {FILTERS} filters"));
    for length in LENGTHS {
        let (kernels, blocks) = (rows(FILTERS, length, length / 3), rows(BLOCKS, length, length));
        let (ours, library) = (Ours::new(&kernels, length), Library::new(&kernels, length));
        let [found, expected] = [ours.energy(&blocks), library.energy(&blocks)];
        assert!((found - expected).abs() < 1e-9 * expected, "{length} points: {found}, not {expected}");
        group.throughput(Throughput::Elements((BLOCKS * FILTERS * length) as u64));
        group.bench_function(format!("ours, {length} points"), |bench| bench.iter(|| ours.energy(black_box(&blocks))));
        group.bench_function(format!("realfft, {length} points"), |bench| {
            bench.iter(|| library.energy(black_box(&blocks)));
        });
    }
    group.finish();
}

criterion_group!(benches, transforms);
criterion_main!(benches);
