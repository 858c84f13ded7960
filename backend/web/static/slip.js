// Prints the slip, and empties it when its page is left: a browser that goes back may show a page
// as it was without asking the server, and the code is shown once.

const slip = document.getElementById("slip");
const print = document.getElementById("print");

print.hidden = false;
print.addEventListener("click", () => window.print());
addEventListener("pagehide", () => {
  slip.replaceChildren();
  document.getElementById("gone").hidden = false;
  print.hidden = true;
});
