"""A media-monitoring daemon: feeds in, one alert per story out."""
