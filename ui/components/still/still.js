// A still from the camera or the screen. The stream stays in this browser and ends with the picture; only what was taken goes on.

const LONGEST = { width: 1280, height: 720 };
const MOST_BYTES = 1_500_000;
const STILLS = new WeakMap(); // parentElement -> Still

export default function (component) {
  const { parentElement } = component;
  let still = STILLS.get(parentElement);
  if (!still) {
    still = new Still();
    parentElement.append(still.root);
    STILLS.set(parentElement, still);
  }
  still.show(component);
  return () => {
    still.close();
    still.root.remove();
    STILLS.delete(parentElement);
  };
}

class Still {
  constructor() {
    this.root = make("div", "still");
    this.camera = this.button("Camera", () => this.open("camera"));
    this.screen = this.button("Screen or window", () => this.open("screen"));
    this.take = this.button("Take the picture", () => this.grab());
    this.cancel = this.button("Cancel", () => this.close());
    this.take.classList.add("main");
    this.choices = make("div", "choices");
    this.choices.append(this.camera, this.screen, this.take, this.cancel);
    this.video = make("video", "seen");
    Object.assign(this.video, { muted: true, playsInline: true, autoplay: true });
    this.video.setAttribute("aria-label", "What the camera or screen shows");
    this.said = make("p", "said");
    this.said.setAttribute("role", "status");
    this.root.append(this.choices, this.video, this.said);
    this.close();
  }

  button(label, act) {
    const made = words("button", "act", label);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  show(component) {
    this.component = component;
    this.full = component.data.full;
    this.camera.disabled = this.screen.disabled = this.full;
    const media = navigator.mediaDevices;
    this.screen.hidden = this.stream !== null || !media?.getDisplayMedia;
    this.camera.hidden = this.stream !== null || !media?.getUserMedia;
    if (!media) setText(this.said, "This browser gives camera and screen to pages over https or on this machine only. Upload a file instead.");
  }

  async open(source) {
    const size = { width: { ideal: LONGEST.width }, height: { ideal: LONGEST.height } };
    const media = navigator.mediaDevices;
    setText(this.said, "Your browser asks which one to use.");
    try {
      const stream =
        source === "camera"
          ? await media.getUserMedia({ video: { ...size, facingMode: "environment" }, audio: false })
          : await media.getDisplayMedia({ video: size, audio: false });
      this.stream = stream;
      this.source = source;
      stream.getVideoTracks()[0].addEventListener("ended", () => this.stream === stream && this.close());
      this.video.srcObject = stream;
      await this.video.play();
      this.toggle(true);
      setText(this.said, "Only you see this. Nothing is sent before you take the picture.");
      this.take.focus();
    } catch (problem) {
      this.close();
      setText(this.said, this.why(problem));
    }
  }

  why(problem) {
    if (problem.name === "NotAllowedError") return "The browser was not allowed to. Allow it beside the address bar, or upload a file.";
    if (problem.name === "NotFoundError") return "No camera was found. Upload a file instead.";
    if (problem.name === "NotReadableError") return "Another program is using the camera. Close it there, or upload a file.";
    return "That did not work in this browser. Upload a file instead.";
  }

  async grab() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONGEST.width / videoWidth, LONGEST.height / videoHeight);
    if (!(videoWidth > 0)) return;
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(videoWidth * scale));
    canvas.height = Math.max(1, Math.round(videoHeight * scale));
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    const { source } = this;
    this.close();
    for (const quality of [0.9, 0.75, 0.5]) {
      const data = canvas.toDataURL("image/jpeg", quality).split(",")[1] ?? "";
      if (data && data.length * 0.75 <= MOST_BYTES) {
        this.component.setTriggerValue("still", { source, data });
        return;
      }
    }
    setText(this.said, "The picture is too large. Show a smaller part of the screen.");
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    setText(this.said, "");
    this.toggle(false);
  }

  toggle(open) {
    const media = navigator.mediaDevices;
    this.camera.hidden = open || !media?.getUserMedia;
    this.screen.hidden = open || !media?.getDisplayMedia;
    this.take.hidden = this.cancel.hidden = this.video.hidden = !open;
  }
}
