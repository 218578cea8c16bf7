using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SigningKeySchedule : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ux_signing_keys_active",
                table: "signing_keys");

            migrationBuilder.AddColumn<long>(
                name: "activated_at",
                table: "signing_keys",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "verifies_until",
                table: "signing_keys",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ux_signing_keys_state",
                table: "signing_keys",
                column: "state",
                unique: true,
                filter: "state IN ('active', 'next')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ux_signing_keys_state",
                table: "signing_keys");

            migrationBuilder.DropColumn(
                name: "activated_at",
                table: "signing_keys");

            migrationBuilder.DropColumn(
                name: "verifies_until",
                table: "signing_keys");

            migrationBuilder.CreateIndex(
                name: "ux_signing_keys_active",
                table: "signing_keys",
                column: "state",
                unique: true,
                filter: "state = 'active'");
        }
    }
}
