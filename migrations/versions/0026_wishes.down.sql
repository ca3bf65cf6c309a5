DROP TABLE notifications.wish;
