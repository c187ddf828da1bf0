mod desktop;
mod hybrid;
