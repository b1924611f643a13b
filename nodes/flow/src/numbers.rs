//! What the kinds have in common that make figures of numbers.

/// The numbers so far, as the formula of Welford (1962) keeps them: it loses no digits where they are large and close.
#[derive(Clone, Default)]
pub struct Numbers {
    pub count: u64,
    pub sum: f64,
    pub mean: f64,
    /// Sum of the squares of differences from the mean.
    squares: f64,
    pub min: f64,
    pub max: f64,
}

impl Numbers {
    /// Returns them with one more.
    pub fn with(&self, number: f64) -> Self {
        let count = self.count + 1;
        let mean = self.mean + (number - self.mean) / count as f64;
        let (min, max) = if self.count == 0 { (number, number) } else { (self.min.min(number), self.max.max(number)) };
        let squares = self.squares + (number - self.mean) * (number - mean);
        Self { count, sum: self.sum + number, mean, squares, min, max }
    }

    /// Returns their standard deviation, as of a whole population; 0 for none.
    pub fn deviation(&self) -> f64 {
        (self.squares / self.count.max(1) as f64).sqrt()
    }
}
