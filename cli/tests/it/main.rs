//! What the workspace promises as a whole, one module for each subject.

mod layering;
