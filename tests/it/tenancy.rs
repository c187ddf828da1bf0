mod isolation;
mod tree;
