"""Engines that run the network, and the stage that makes a stream of one."""
