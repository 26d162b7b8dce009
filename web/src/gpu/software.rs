//! Graphics devices that are none: their drivers compute on the CPU, and slower than the program does there by itself.

/// What the names of such devices contain, in small letters.
const NAMES: [&str; 6] = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render", "software"];

/// Whether a device of this name only computes in software.
pub fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.iter().any(|known| name.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_told_from_hardware_by_its_name() {
        let software = [
            "google swiftshader",
            "SwiftShader Device (Subzero)",
            "llvmpipe (LLVM 19.1.7, 256 bits)",
            "Microsoft Basic Render Driver",
        ];
        assert!(software.into_iter().all(is_software));
        let hardware =
            ["nvidia ampere", "Intel(R) Arc(TM) Graphics", "apple metal-3", "AMD Radeon Graphics (RADV)", ""];
        assert!(!hardware.into_iter().any(is_software));
    }
}
