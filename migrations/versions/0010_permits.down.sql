DROP TABLE notifications.permit;
