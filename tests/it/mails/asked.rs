//! What one mail has to do with another.

use alvara_tests::Browser;

use super::{CARLA, each_house};

// R-TEN-09: keys are mailed once an hour, whatever else is mailed.
#[test]
fn a_reminder_does_not_stand_in_the_way_of_lost_keys() {
    each_house(async |house| {
        house.day(335).await;
        assert_eq!(house.post.taken().len(), 1);
        let stranger = Browser::visit(house.app, "acme");
        for _ in 0..2 {
            let _ = stranger
                .submit("/my-keys", &[("email", CARLA)])
                .await
                .expect(303);
        }
        house.app.run_jobs().await;
        let mail = house.only_mail_since(1);
        assert!(mail.text.contains(&house.license.key), "{}", mail.text);
        assert!(mail.html.is_none(), "nothing is to be pressed");
    });
}
