mod brand;
mod hosts;
mod isolation;
mod tree;
