// Looks for news of what a fan asked for, as seldom as the page itself says; without it there is
// a link to look again. What has not changed comes back as 304, without a body.

const LONGEST_WAIT = 120;
const shown = document.getElementById("news");
let timer;

const wait = (seconds) => {
  clearTimeout(timer);
  if (seconds) timer = setTimeout(look, seconds * 1000);
};

const show = (news) => {
  shown.dataset.again = news.dataset.again ?? "";
  if (news.innerHTML === shown.innerHTML) return;
  const held = shown.contains(document.activeElement);
  shown.replaceChildren(...news.childNodes);
  if (held) shown.focus();
};

async function look() {
  if (document.hidden) return;
  const seconds = Number(shown.dataset.again);
  try {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const news = page.getElementById("news");
    if (!news) throw new Error("no news");
    document.title = page.title;
    show(news);
    wait(Number(shown.dataset.again));
  } catch {
    shown.dataset.again = Math.min(seconds * 2, LONGEST_WAIT);
    wait(Number(shown.dataset.again));
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && shown.dataset.again) look();
});
wait(Number(shown.dataset.again));
