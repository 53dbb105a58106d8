#!/bin/sh
# Makes the spoken samples in this folder with espeak-ng and sox; the same versions give the same bytes.
# Usage: samples/make_samples.sh [FOLDER]    (default: the folder of this script)
set -eu

folder=$(cd "${1:-$(dirname "$0")}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# say FILE SPEED TEXT: American English at 16 kHz, mono, 16 bit, peak -6 dB, 0.4 s of silence at both ends.
# -R and -D keep sox deterministic: fixed random numbers, no dither.
say() {
    espeak-ng -v en-us -s "$2" -w "$work/spoken.wav" "$3"
    sox -R -D "$work/spoken.wav" -b 16 -c 1 "$1" gain -n -6 rate -v 16000 pad 0.4 0.4
}

# with_noise IN OUT: adds pink noise, about 25 dB under the speech.
with_noise() {
    n_samples=$(soxi -s "$1")
    sox -R -D -r 16000 -n -b 16 -c 1 "$work/noise.wav" synth "${n_samples}s" pinknoise vol 0.015
    sox -R -D -m -v 1 "$1" -v 1 "$work/noise.wav" -b 16 "$2"
}

say "$folder/digits.wav" 130 "three, five, zero, nine."
say "$folder/commands.wav" 130 "up, down, left, right, go."
say "$folder/mixed.wav" 150 "My neighbour has painted the kitchen again. Seven, left, two."
say "$work/clean.wav" 130 "The weather seems lovely this morning."
with_noise "$work/clean.wav" "$folder/nothing.wav"
