//! Minimising a smooth function: L-BFGS (Liu & Nocedal 1989) with a backtracking line search.

/// Pairs of steps that are remembered.
const MEMORY: usize = 10;
/// Steps end when the gradient has this length.
const FLAT: f64 = 1e-5;

/// Takes at most `steps` steps down from `x`; `function` gives value and gradient.
pub fn minimise(mut function: impl FnMut(&[f64]) -> (f64, Vec<f64>), mut x: Vec<f64>, steps: usize) -> Vec<f64> {
    let (mut value, mut gradient) = function(&x);
    let mut pairs: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for _ in 0..steps {
        if dot(&gradient, &gradient).sqrt() < FLAT {
            break;
        }
        let direction = direction(&gradient, &pairs);
        let slope = dot(&gradient, &direction);
        let mut length = if pairs.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt() } else { 1.0 };
        let next = loop {
            let moved: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let (new, new_gradient) = function(&moved);
            if new <= value + 1e-4 * length * slope {
                break Some((moved, new, new_gradient));
            }
            length *= 0.5;
            if length < 1e-8 {
                break None;
            }
        };
        let Some((moved, new, new_gradient)) = next else { break };
        let step: Vec<f64> = moved.iter().zip(&x).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = new_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        if dot(&step, &change) > 0.0 {
            if pairs.len() == MEMORY {
                pairs.remove(0);
            }
            pairs.push((step, change));
        }
        (x, value, gradient) = (moved, new, new_gradient);
    }
    x
}

/// Minus the gradient times what the pairs tell of the inverse Hessian.
fn direction(gradient: &[f64], pairs: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut d: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(pairs.len());
    for (s, y) in pairs.iter().rev() {
        let alpha = dot(s, &d) / dot(s, y);
        d.iter_mut().zip(y).for_each(|(d, y)| *d -= alpha * y);
        alphas.push(alpha);
    }
    if let Some((s, y)) = pairs.last() {
        let scale = dot(s, y) / dot(y, y);
        d.iter_mut().for_each(|d| *d *= scale);
    }
    for ((s, y), alpha) in pairs.iter().zip(alphas.iter().rev()) {
        let beta = dot(y, &d) / dot(s, y);
        d.iter_mut().zip(s).for_each(|(d, s)| *d += (alpha - beta) * s);
    }
    d
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rosenbrocks_valley_is_followed_to_its_end() {
        let valley = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b])
        };
        let x = minimise(valley, vec![-1.2, 1.0], 200);
        assert!((x[0] - 1.0).abs() < 1e-4 && (x[1] - 1.0).abs() < 1e-4, "{x:?}");
    }
}
