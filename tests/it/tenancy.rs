mod brand;
mod isolation;
mod tree;
