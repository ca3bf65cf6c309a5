"""SMS: Tencent Cloud. Another vendor is another module here and one line in `app.wiring`."""
