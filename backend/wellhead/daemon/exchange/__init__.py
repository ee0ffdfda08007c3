"""The members' HTTP exchange: signed requests, the application, the client."""
