(function () {
  var root = document.documentElement, data = root.dataset, units = JSON.parse(data.units);
  function length(ms) {
    var s = Math.max(0, Math.floor(ms / 1000)), d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24;
    var m = Math.floor(s / 60) % 60;
    if (d) return d + units[0] + " " + h + units[1];
    if (h) return h + units[1] + " " + m + units[2];
    if (m) return m + units[2] + " " + (s % 60) + units[3];
    return s + units[3];
  }
  function say(id, pattern, ms) {
    document.getElementById(id).textContent = pattern.replace("{}", length(ms));
  }
  function tick() {
    var now = Date.now();
    if (now > Number(data.until)) {
      data.health = "stale";
      document.getElementById("word").textContent = data.stale;
      document.title = data.stale + " · daybreak";
    }
    if (data.since) say("for", units[5], now - Number(data.since));
    if (data.next && Number(data.next) > now) say("in", units[4], Number(data.next) - now);
  }
  tick();
  setInterval(tick, 1000);
  setTimeout(function () { location.reload(); }, 5000);
})();
