//! Floating seats.
#![expect(unsafe_code, reason = "names of the C interface")]

use crate::client::{AlvaraClient, told};
use crate::state::AlvaraState;

/// Takes a floating seat, or the one that is held already. It goes back by alvara_return_seat,
/// alvara_close and alvara_free. Free the state with alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_take_seat(client: Option<&AlvaraClient>) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.take_seat()))
}

/// Takes a floating seat, or the one that is held already, along for so many seconds without a
/// connection. Free the state with alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_take_seat_for(
    client: Option<&AlvaraClient>,
    seconds: u32,
) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.take_seat_for(seconds)))
}

/// A sign of life for the seat. The loop of alvara_start gives it by itself. Free the state with
/// alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_keep_seat(client: Option<&AlvaraClient>) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.keep_seat()))
}

/// Takes the seat that is held along for so many seconds without a connection. Free the state with
/// alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_borrow_seat(
    client: Option<&AlvaraClient>,
    seconds: u32,
) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.borrow_seat(seconds)))
}

/// Gives the seat back. Free the state with alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_return_seat(client: Option<&AlvaraClient>) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.return_seat()))
}
