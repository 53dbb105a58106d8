"""What ``speechlstm evaluate`` does with each kind of model: a module a kind."""
