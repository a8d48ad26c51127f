# Written by packaging/build.
class Modwarden < Formula
  desc "Policy linter for Go modules that reads Git"
  homepage "{{homepage}}"
  version "{{version}}"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "{{macos-arm-url}}"
      sha256 "{{macos-arm-sha256}}"
    end
    on_intel do
      url "{{macos-intel-url}}"
      sha256 "{{macos-intel-sha256}}"
    end
  end

  on_linux do
    on_arm do
      url "{{linux-arm-url}}"
      sha256 "{{linux-arm-sha256}}"
    end
    on_intel do
      url "{{linux-intel-url}}"
      sha256 "{{linux-intel-sha256}}"
    end
  end

  def install
    bin.install "modwarden"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/modwarden.bash" => "modwarden"
    zsh_completion.install "completions/_modwarden"
    fish_completion.install "completions/modwarden.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/modwarden --version")
  end
end
