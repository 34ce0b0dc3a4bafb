// The links of a slice that has very many, as lines of one layer below the things: to keep each as a thing of its own, as
// sigma does, takes seconds. They are drawn once the picture stands still, and as long as it moves there are none; the more
// there are the fainter, so that it can be seen where they are dense.
const { EdgeLineProgram } = window.drawing;
const STILL = 150;

export class Lines {
  constructor(renderer) {
    this.renderer = renderer;
    this.gl = renderer.createWebGLContext("lines", { beforeLayer: "edges", preserveDrawingBuffer: true });
    this.gl.blendFuncSeparate(this.gl.SRC_ALPHA, this.gl.ONE_MINUS_SRC_ALPHA, this.gl.ONE, this.gl.ONE_MINUS_SRC_ALPHA);
    renderer.resize(true);
    this.program = new EdgeLineProgram(this.gl, null, renderer);
    renderer.on("afterRender", () => this.follow());
    renderer.on("resize", () => { this.seen = ""; });
  }

  // The links of a slice, in the colours of their kinds: that one alone, or those of the place alone, that is chosen.
  show(links, points, colours, place, line) {
    const chosen = line === null ? links : links.slice(line, line + 1);
    const shown = place < 0 ? chosen : links.filter(([one, other]) => one === place || other === place);
    const faint = Math.round(255 * Math.max(0.012, Math.min(0.5, 800 / shown.length))).toString(16).padStart(2, "0");
    const lines = colours.map((colour) => ({ color: colour + faint }));
    this.program.reallocate(shown.length);
    shown.forEach(([one, other, says], n) => this.program.process(n, n, points[one], points[other], lines[says]));
    this.draw();
  }

  follow() {
    const { x, y, ratio } = this.renderer.getCamera().getState();
    const now = `${x} ${y} ${ratio}`;
    if (now === this.seen) return;
    this.seen = now;
    this.gl.clear(this.gl.COLOR_BUFFER_BIT);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.draw(), STILL);
  }

  draw() {
    clearTimeout(this.later);
    this.gl.clear(this.gl.COLOR_BUFFER_BIT);
    this.program.render(this.renderer.getRenderParams());
  }
}
