"""WeChat: the Official Account (sign-in, in-page SDK, messages, callback) and WeChat Pay v3."""
