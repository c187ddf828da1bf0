mod desktop;
mod hybrid;
mod italian;
mod portuguese;
mod sweep;
