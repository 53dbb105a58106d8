"""The network in Keras, written in ``keras.ops`` alone, so that it trains on any of Keras's backends."""
