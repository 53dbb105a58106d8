// a line follows the sound over its picture; a click in the picture plays from there
for (const card of document.querySelectorAll(".clip")) {
  const audio = card.querySelector("audio");
  const svg = card.querySelector("svg");
  if (!audio || !svg) continue;
  const line = svg.querySelector(".now");
  const [left, width, seconds] = ["left", "width", "seconds"].map((name) => Number(svg.dataset[name]));
  const show = () => {
    line.classList.add("playing");
    line.setAttribute("transform", `translate(${(width * audio.currentTime) / seconds} 0)`);
    if (!audio.paused) requestAnimationFrame(show);
  };
  for (const event of ["play", "pause", "seeked"]) audio.addEventListener(event, show);
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
  });
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) * svg.viewBox.baseVal.width) / box.width;
    audio.currentTime = Math.min(seconds, Math.max(0, ((x - left) / width) * seconds));
    audio.play();
  });
}
