pub(crate) mod activate;
mod contact;
mod parallel;
